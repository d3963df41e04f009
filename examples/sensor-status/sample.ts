import type { LoadRecord, Recipe } from '../../local/dev/recipe.ts';
import { seededRandom } from '../../local/sample/random.ts';

const deviceCount = 2_000;
const readingCount = 200_000;
const start = Date.UTC(2026, 0, 1);

interface Reading {
  readonly device: string;
  readonly celsius: number;
  readonly at: string;
}

/** Temperatures that wander around; most readings say nothing new. */
function readings(): Reading[] {
  const random = seededRandom(11);
  const celsius = new Map<string, number>();
  return Array.from({ length: readingCount }, (_, number) => {
    const device = `D-${String(Math.floor(random() * deviceCount)).padStart(4, '0')}`;
    const before = celsius.get(device) ?? 40 + random() * 50;
    const now = Math.min(95, Math.max(20, before + (random() - 0.5) * 4));
    celsius.set(device, now);
    return { device, celsius: Math.round(now * 10) / 10, at: new Date(start + number * 50).toISOString() };
  });
}

/** The independent judge: what each device shows in the end, and how often that changed. */
export function expectedChanges(all: readonly Reading[]): { shown: Map<string, string>; changes: number } {
  const shown = new Map<string, string>();
  let changes = 0;
  for (const { device, celsius, at } of all) {
    const [status] = (
      [
        ['Alarm', 80],
        ['Warm', 60],
        ['OK', -274],
      ] as const
    ).find(([, from]) => celsius >= from) ?? [''];
    if (shown.get(device)?.startsWith(`${status} `)) continue;
    shown.set(device, `${status} ${Date.parse(at)}`);
    changes += 1;
  }
  return { shown, changes };
}

const sample = readings();

const recipe: Recipe = {
  records: () =>
    sample.map(
      (reading): LoadRecord => ({ topic: 'devices.readings', key: reading.device, value: JSON.stringify(reading) }),
    ),
  async check({ orgs, dispositions }) {
    const rows =
      (await orgs['main']?.query(
        'SELECT Device__c, Status__c, Status_Since__c FROM Account WHERE Device__c != null',
      )) ?? [];
    const found = new Map(
      rows.map((row) => [
        String(row['Device__c']),
        `${row['Status__c']} ${Date.parse(String(row['Status_Since__c']))}`,
      ]),
    );
    const { shown, changes } = expectedChanges(sample);
    const devices = [...shown.keys()];
    const wrong = devices.filter((device) => found.has(device) && found.get(device) !== shown.get(device));
    const written = dispositions['readings']?.written;
    if (written !== changes) wrong.push(`${written} readings written, ${changes} are changes`);
    return { lost: devices.filter((device) => !found.has(device)), wrong };
  },
};

export default recipe;
