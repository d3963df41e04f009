import { createHandler, type Decorations } from '../../../functions/sink/program.ts';
import { createFailpoints } from './failpoints.ts';

// The real sink, wired as in production, with its ports wrapped: it kills itself at a named place once told so. With
// CHAOS_ANSWERS_GET_LOST each batch is handled and then reported as failed the first time, as when the platform loses the
// answer: everything of it is delivered once more.

const { CHAOS_FAILPOINTS: folder, CHAOS_ANSWERS_GET_LOST: lost } = process.env;
const failpoints = createFailpoints(folder);
const handled = new Set<string>();

const decorations: Decorations = {
  parts: (parts) => ({
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
  }),
  send: (send) => async (calls) => {
    // Some calls of a composite request took effect, the others never will.
    if (calls.length > 1 && failpoints.take('half-a-composite')) {
      await send(calls.slice(0, Math.ceil(calls.length / 2)));
      failpoints.die();
    }
    return send(calls);
  },
  bulk: (bulk) => ({
    ...bulk,
    async create(kind) {
      const jobId = await bulk.create(kind);
      failpoints.pass('bulk-job-not-stored');
      return jobId;
    },
    async upload(jobId, rows) {
      failpoints.pass('bulk-job-not-uploaded');
      await bulk.upload(jobId, rows);
      failpoints.pass('bulk-job-uploaded');
    },
    async finish(jobId, keyField, budget) {
      const outcome = await bulk.finish(jobId, keyField, budget);
      failpoints.pass('bulk-results-read');
      return outcome;
    },
  }),
};

const sinkHandler = createHandler(decorations);

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
