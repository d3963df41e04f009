import { BridgeError } from '../errors/bridge-error.ts';

/**
 * Reads a Kafka Connect configuration: a Java properties file (also one whose pairs stand on a single line), or the JSON
 * that Connect's REST interface takes, with or without its `config` wrapper.
 *
 * @throws BridgeError SKB_CONFIG_INVALID naming the lines that are neither.
 */
export function parsePropertiesFile(text: string): ReadonlyMap<string, string> {
  return text.trimStart().startsWith('{') ? parseJsonConfig(text) : parseProperties(text);
}

function parseJsonConfig(text: string): ReadonlyMap<string, string> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new BridgeError('SKB_CONFIG_INVALID', 'The connector file starts like JSON but is not JSON');
  }
  const { name, config } = parsed as { name?: unknown; config?: unknown };
  const settings = typeof config === 'object' && config !== null ? { name, ...config } : (parsed as object);
  return new Map(
    Object.entries(settings)
      .filter(([, value]) => value !== undefined && value !== null)
      .map(([key, value]) => [key, String(value)]),
  );
}

// https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Properties.html#load(java.io.Reader)
function parseProperties(text: string): ReadonlyMap<string, string> {
  const properties = new Map<string, string>();
  const problems: string[] = [];
  for (const { line, number } of logicalLines(text)) {
    for (const pair of pairsOf(line)) {
      const match = /^((?:\\.|[^=:\s\\])+)\s*[=:\s]\s*(.*)$/s.exec(pair);
      if (match === null) problems.push(`line ${number}: is not key=value`);
      else properties.set(unescapeProperty(match[1] ?? ''), unescapeProperty(match[2] ?? ''));
    }
  }
  if (problems.length === 0) return properties;
  throw new BridgeError('SKB_CONFIG_INVALID', `The connector file has problems:\n  ${problems.join('\n  ')}`, {
    context: { problems },
  });
}

/** Lines without comments and blanks, with those that end in an odd number of backslashes joined to the next. */
function logicalLines(text: string): { line: string; number: number }[] {
  const lines: { line: string; number: number }[] = [];
  let open: { line: string; number: number } | undefined;
  for (const [index, raw] of text.split(/\r\n|\r|\n/).entries()) {
    const trimmed = raw.trimStart();
    if (open === undefined && (trimmed === '' || /^[#!]/.test(trimmed))) continue;
    const continues = /(?<!\\)(\\\\)*\\$/.test(trimmed);
    const content = continues ? trimmed.slice(0, -1) : trimmed;
    if (open === undefined) {
      open = { line: content, number: index + 1 };
      lines.push(open);
    } else open.line += content;
    if (!continues) open = undefined;
  }
  return lines;
}

/** Files in the wild hold all pairs on one line; a new pair starts where a dotted or known key follows white space. */
function pairsOf(line: string): string[] {
  const starts = /\s+(?=(?:name|topics|(?:[a-z]+\.)+[a-z.]+)=)/;
  return line.trimEnd().split(starts);
}

function unescapeProperty(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (_, code: string) => {
    if (code.length === 5) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return { t: '\t', n: '\n', r: '\r', f: '\f' }[code] ?? code;
  });
}
