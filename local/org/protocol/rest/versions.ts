const oldestServed = 31;
const seasons = ['Summer', 'Winter', 'Spring'] as const;

/** Three releases a year: 31.0 is Summer '14, 32.0 Winter '15, 33.0 Spring '15. */
export function releaseLabel(version: number): string {
  const offset = version - oldestServed;
  const year = 14 + Math.floor((offset + 2) / 3);
  return `${seasons[offset % 3]} '${year}`;
}

export function versionList(newest: number) {
  const versions: { label: string; url: string; version: string }[] = [];
  for (let version = oldestServed; version <= newest; version += 1) {
    versions.push({ label: releaseLabel(version), url: `/services/data/v${version}.0`, version: `${version}.0` });
  }
  return versions;
}

/** How a version in a path is met: served, retired long ago (410) or not known yet (404). */
export function versionStatus(version: number, newest: number): 'served' | 'retired' | 'unknown' {
  if (version >= oldestServed && version <= newest) return 'served';
  return version >= 7 && version < oldestServed ? 'retired' : 'unknown';
}
