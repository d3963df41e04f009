import { createHandler, type Decorate } from '../../../functions/sink/program.ts';
import { createFailpoints } from './failpoints.ts';

// The real sink, wired as in production, with its ports wrapped: it kills itself at a named place once told so. With
// CHAOS_ANSWERS_GET_LOST each batch is handled and then reported as failed the first time, as when the platform loses the
// answer: everything of it is delivered once more.

const { CHAOS_FAILPOINTS: folder, CHAOS_ANSWERS_GET_LOST: lost } = process.env;
const failpoints = createFailpoints(folder);
const handled = new Set<string>();

const decorate: Decorate = (parts) => ({
  ...parts,
  writer: {
    ...parts.writer,
    async write(writes, budget, alone) {
      if (writes.length > 1 && failpoints.take('half-written')) {
        await parts.writer.write(writes.slice(0, Math.ceil(writes.length / 2)), budget, alone);
        failpoints.die();
      }
      const outcomes = await parts.writer.write(writes, budget, alone);
      if (writes.length > 0) failpoints.pass('written-not-settled');
      return outcomes;
    },
  },
  deadLetters: {
    async store(letters) {
      await parts.deadLetters.store(letters);
      failpoints.pass('dead-lettered-not-settled');
    },
  },
});

const sinkHandler = createHandler(decorate);

export async function handler(event: unknown, context: unknown): Promise<unknown> {
  const answer = await sinkHandler(event, context as Parameters<typeof sinkHandler>[1]);
  const batch = JSON.stringify(offsetsOf(event));
  if (lost !== 'true' || handled.has(batch)) return answer;
  handled.add(batch);
  throw new Error('The answer to this batch gets lost');
}

function offsetsOf(event: unknown): unknown {
  const { records } = event as { readonly records: Readonly<Record<string, readonly { readonly offset: number }[]>> };
  return Object.entries(records).map(([partition, list]) => [partition, list.map(({ offset }) => offset)]);
}
