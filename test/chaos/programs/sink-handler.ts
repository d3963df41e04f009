import { handler as sinkHandler } from '../../../functions/sink/handler.ts';

// The sink's own handler. With CHAOS_ANSWERS_GET_LOST each batch is handled and then reported as failed the first time, as
// when the platform loses the answer: everything of it is delivered once more.

const variable = 'CHAOS_ANSWERS_GET_LOST';
const answersGetLost = process.env[variable] === 'true';
const handled = new Set<string>();

export async function handler(event: unknown, context: unknown): Promise<unknown> {
  const answer = await sinkHandler(event, context as Parameters<typeof sinkHandler>[1]);
  const batch = JSON.stringify(offsetsOf(event));
  if (!answersGetLost || handled.has(batch)) return answer;
  handled.add(batch);
  throw new Error('The answer to this batch gets lost');
}

function offsetsOf(event: unknown): unknown {
  const { records } = event as { readonly records: Readonly<Record<string, readonly { readonly offset: number }[]>> };
  return Object.entries(records).map(([partition, list]) => [partition, list.map(({ offset }) => offset)]);
}
