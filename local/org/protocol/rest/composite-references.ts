/** A `@{id.path}` that names nothing; its sub-request is halted. */
export class UnresolvedReference extends Error {
  override readonly name = 'UnresolvedReference';
}

/** Replaces `@{referenceId.path}` in texts, at any depth, by values from the bodies of earlier sub-requests. */
export function fillReferences(value: unknown, bodies: ReadonlyMap<string, unknown>): unknown {
  if (typeof value === 'string') {
    return value.includes('@{')
      ? value.replace(/@\{([^}]+)\}/g, (_match, path: string) => resolve(path, bodies))
      : value;
  }
  if (Array.isArray(value)) return value.map((item) => fillReferences(item, bodies));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillReferences(item, bodies)]));
}

function resolve(path: string, bodies: ReadonlyMap<string, unknown>): string {
  const [reference = '', ...rest] = path.replace(/\[(\d+)\]/g, '.$1').split('.');
  let current: unknown = bodies.get(reference);
  for (const name of rest) {
    current = typeof current === 'object' && current !== null ? (current as Record<string, unknown>)[name] : undefined;
  }
  if (current === undefined || current === null || typeof current === 'object') {
    throw new UnresolvedReference(`Invalid reference specified. No value for ${path} found in ${reference}`);
  }
  return String(current);
}
