const namespace = 'http://www.force.com/2009/06/asyncapi/dataload';

/** The leaf elements of a small XML document by local name. The documents of this API have one level and no attributes. */
export function readLeaves(xml: string): Readonly<Record<string, string>> {
  const leaves: Record<string, string> = {};
  for (const [, name = '', text = ''] of xml.matchAll(/<(?:\w+:)?(\w+)(?:\s[^>]*)?>([^<]*)<\//g))
    leaves[name] = unescapeXml(text.trim());
  return leaves;
}

export type XmlContent = Readonly<Record<string, unknown>>;

/** One element with leaves; undefined and null leaves are left out. */
export function writeXml(
  root: string,
  content: XmlContent | readonly [string, readonly (XmlContent | string)[]],
): string {
  const isList = (value: typeof content): value is readonly [string, readonly (XmlContent | string)[]] =>
    Array.isArray(value);
  const inner = isList(content)
    ? content[1]
        .map((item) => `<${content[0]}>${typeof item === 'string' ? escapeXml(item) : leavesOf(item)}</${content[0]}>`)
        .join('')
    : leavesOf(content);
  return `<?xml version="1.0" encoding="UTF-8"?><${root} xmlns="${namespace}">${inner}</${root}>`;
}

function leavesOf(content: XmlContent): string {
  return Object.entries(content)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => {
      const text = name === 'apiVersion' ? `${String(value)}.0` : String(value);
      return `<${name}>${escapeXml(text)}</${name}>`;
    })
    .join('');
}

function escapeXml(text: string): string {
  return text.replace(/[<>&"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

function unescapeXml(text: string): string {
  const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
  return text.replace(/&(#\d+|\w+);/g, (whole, name: string) =>
    name.startsWith('#') ? String.fromCharCode(Number(name.slice(1))) : (named[name] ?? whole),
  );
}
