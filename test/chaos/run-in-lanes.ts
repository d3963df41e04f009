/**
 * Runs a few scenarios at a time: most of one's life is waiting. Those that must be alone follow when the others are done,
 * one after the other.
 */
export async function runInLanes<Scenario extends { readonly alone?: boolean }>(
  scenarios: readonly Scenario[],
  lanes: number,
  run: (scenario: Scenario) => Promise<void>,
): Promise<void> {
  const waiting = scenarios.filter(({ alone }) => alone !== true);
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await run(next);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  for (const scenario of scenarios.filter(({ alone }) => alone === true)) await run(scenario);
}
