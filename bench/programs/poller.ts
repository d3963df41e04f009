import { runProgram } from '../../functions/poller/program.ts';
import type { Acknowledged } from '../source-ground.ts';

// The real poller, wired as in production; it also says on its output when Kafka acknowledged how many records.

await runProgram((ports) => ({
  ...ports,
  producers: {
    async open(...input) {
      const producer = await ports.producers.open(...input);
      return {
        ...producer,
        async publish(records) {
          const positions = await producer.publish(records);
          const acknowledged: Acknowledged = {
            acknowledged: records.length,
            at: performance.timeOrigin + performance.now(),
          };
          process.stdout.write(`${JSON.stringify(acknowledged)}\n`);
          return positions;
        },
      };
    },
  },
}));
