import { readFileSync } from 'node:fs';
import { type Decorate, runProgram } from '../../../functions/poller/program.ts';
import { createFailpoints } from './failpoints.ts';

// The real poller, wired as in production, with its ports wrapped: it kills itself at a named place once told so, and its
// clock may be wrong or fast.

const {
  CHAOS_FAILPOINTS: folder,
  CHAOS_CLOCK_SKEW_MS: skewMs = '0',
  CHAOS_CLOCK_SPEED: speedText = '1',
  CHAOS_CLOCK_AHEAD_FILE: aheadFile,
} = process.env;
const speed = Number(speedText);
const failpoints = createFailpoints(folder);

function aheadMs(): number {
  return aheadFile === undefined ? 0 : Number(readFileSync(aheadFile, 'utf8'));
}

const decorate: Decorate = ({ producers, channels, clock }) => ({
  producers: {
    async open(...input) {
      const producer = await producers.open(...input);
      return {
        ...producer,
        async publish(records) {
          failpoints.pass('received-not-published');
          // All but the last record, so that a fan-out or a batch is half there.
          if (records.length > 1 && failpoints.take('half-published')) {
            await producer.publish(records.slice(0, -1));
            failpoints.die();
          }
          const positions = await producer.publish(records);
          failpoints.pass('acknowledged-not-committed');
          return positions;
        },
      };
    },
  },
  channels: {
    ...channels,
    async write(key, next, seen) {
      const answer = await channels.write(key, next, seen);
      if (next.replayId !== seen?.replayId) failpoints.pass('committed-not-released');
      return answer;
    },
  },
  clock: {
    ...clock,
    date: () => new Date(clock.date().getTime() + Number(skewMs) + aheadMs()),
    now: () => clock.now() * speed,
    wait: (ms, signal) => clock.wait(ms / speed, signal),
  },
});

await runProgram(decorate);
