import { readFileSync } from 'node:fs';
import { type Decorate, runProgram } from '../../../functions/poller/program.ts';
import { createFailpoints } from './failpoints.ts';
import { goesToSeveralPartitions, halfOfReread, lastOfFanOut, withOneRefused } from './half-batches.ts';

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
          const fanOut = lastOfFanOut(records);
          if (fanOut > 0 && failpoints.take('half-fan-out')) {
            await producer.publish(records.slice(0, fanOut));
            failpoints.die();
          }
          const half = halfOfReread(records);
          if (half.length > 0 && failpoints.take('half-reread')) {
            await producer.publish(half);
            failpoints.die();
          }
          if (goesToSeveralPartitions(records) && failpoints.take('one-partition-refused')) {
            await producer.publish(withOneRefused(records)).then(
              () => Promise.reject(new Error('The broker took a record that it had to refuse')),
              () => failpoints.die(),
            );
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
