import { expect, it } from 'vitest';
import { namedScenarios } from '../../chaos/named-scenarios.ts';

const scenarios = ['kill-9', 'drift', 'stale-replay-latest'].map((name) => ({ name }));

it('are all, or those named, in the order of the list', () => {
  expect(namedScenarios(true, scenarios)).toEqual(scenarios);
  expect(namedScenarios('drift, kill-9', scenarios)).toEqual([{ name: 'kill-9' }, { name: 'drift' }]);
});

it('are none at all when one of the names is not known, since it would count as passed', () => {
  expect(() => namedScenarios('kill-9,stale-replay', scenarios)).toThrow(
    'No scenario of this side is called stale-replay; there are: kill-9, drift, stale-replay-latest',
  );
});
