/**
 * The scenarios of a side that somebody named.
 *
 * @param wanted names separated by commas; true for all.
 * @throws Error that lists what there is, for a name of none: one that was misspelt would count as passed.
 */
export function namedScenarios<Scenario extends { readonly name: string }>(
  wanted: string | true,
  scenarios: readonly Scenario[],
): readonly Scenario[] {
  if (wanted === true) return scenarios;
  const names = wanted.split(',').map((name) => name.trim());
  const unknown = names.filter((wantedName) => !scenarios.some(({ name }) => name === wantedName));
  if (unknown.length === 0) return scenarios.filter(({ name }) => names.includes(name));
  const known = scenarios.map(({ name }) => name).join(', ');
  throw new Error(`No scenario of this side is called ${unknown.join(' or ')}; there are: ${known}`);
}
