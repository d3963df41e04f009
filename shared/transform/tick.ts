/** What a schedule sends to a sink's function instead of records. */
export const tickEvent = { bridge: 'tick' } as const;

export function isTick(event: unknown): boolean {
  return typeof event === 'object' && event !== null && (event as { bridge?: unknown }).bridge === tickEvent.bridge;
}
