import { expect, it } from 'vitest';
import { createPace } from '../../../../functions/sink/pace.ts';

type Met = Parameters<ReturnType<typeof createPace>['observe']>[0];

function after(mostCalls: number, ...met: Met[]) {
  const pace = createPace(mostCalls);
  for (const each of met) pace.observe(each);
  return [pace.rowsPerCall, pace.concurrentCalls];
}
const calm = (requests: number) => Array.from({ length: requests }, (): Met => 'nothing');

it.each<[string, Met[], number[]]>([
  ['nothing yet', [], [200, 4]],
  ['a lock', ['locks'], [100, 2]],
  ['locks without end', Array.from({ length: 20 }, () => 'locks'), [10, 1]],
  ['a limit on concurrent calls', ['limits'], [200, 2]],
  ['too little calm after a lock', ['locks', ...calm(3)], [100, 2]],
  ['calm after a lock', ['locks', ...calm(4)], [200, 3]],
  ['calm between locks', ['locks', ...calm(3), 'locks', ...calm(3)], [50, 1]],
  ['long calm', ['locks', 'locks', ...calm(40)], [200, 4]],
])('after %s: rows of a call and calls at once', (_, met, expected) => {
  expect(after(4, ...met)).toEqual(expected);
});
