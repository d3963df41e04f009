import { type Decorate, runProgram } from '../../../functions/poller/program.ts';
import { createFailpoints } from './failpoints.ts';

// The real poller, wired as in production, with its ports wrapped: it kills itself at a named place once told so, and its
// clock may be wrong or fast.

const { CHAOS_FAILPOINTS: folder, CHAOS_CLOCK_SKEW_MS: skewMs = '0', CHAOS_CLOCK_SPEED: speedText = '1' } = process.env;
const speed = Number(speedText);
const failpoints = createFailpoints(folder);

const decorate: Decorate = ({ producer, channels, clock }) => ({
  producer: {
    ...producer,
    async publish(records) {
      failpoints.pass('received-not-published');
      // All but the last record, so that a fan-out or a batch is half there.
      if (records.length > 1 && failpoints.take('half-published')) {
        await producer.publish(records.slice(0, -1));
        failpoints.die();
      }
      await producer.publish(records);
      failpoints.pass('acknowledged-not-committed');
    },
  },
  channels: {
    ...channels,
    async commit(...input) {
      await channels.commit(...input);
      failpoints.pass('committed-not-released');
    },
  },
  clock: {
    ...clock,
    date: () => new Date(clock.date().getTime() + Number(skewMs)),
    now: () => clock.now() * speed,
    wait: (ms, signal) => clock.wait(ms / speed, signal),
  },
});

await runProgram(decorate);
