/** The parts of a `multipart/form-data` body by name, as text; undefined when the body is none. */
export function parseMultipart(contentType: string, body: string): ReadonlyMap<string, string> | undefined {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1];
  if (boundary === undefined) return undefined;
  const parts = new Map<string, string>();
  for (const piece of body.split(`--${boundary}`).slice(1)) {
    if (piece.startsWith('--')) break;
    const part = piece.replace(/^\r?\n/, '');
    const gap = /\r?\n\r?\n/.exec(part);
    if (gap === null) continue;
    const name = /name="?([^";\r\n]+)"?/i.exec(part.slice(0, gap.index))?.[1];
    // The line break before the next boundary belongs to the boundary.
    if (name !== undefined) parts.set(name, part.slice(gap.index + gap[0].length).replace(/\r?\n$/, ''));
  }
  return parts;
}
