import { XMLParser } from 'fast-xml-parser';

export type SoapDialect = 'u' | 'c';

export interface SoapOperation {
  readonly name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Of the envelope's SessionHeader. */
  readonly sessionId: string | undefined;
}

type Node = Readonly<Record<string, unknown>>;

/** The operation of a SOAP envelope, in any namespace prefix; undefined for what is no envelope. */
export function readEnvelope(text: string): SoapOperation | undefined {
  const parser = new XMLParser({ removeNSPrefix: true, parseTagValue: false, ignoreAttributes: true });
  let document: unknown;
  try {
    document = parser.parse(text, true);
  } catch {
    return undefined;
  }
  const envelope = childOf(document, 'Envelope');
  const body = childOf(envelope, 'Body');
  const entry = Object.entries(body ?? {})[0];
  if (entry === undefined) return undefined;
  const [name, parameters] = entry;
  const sessionId = childOf(childOf(envelope, 'Header'), 'SessionHeader')?.['sessionId'];
  return {
    name,
    parameters: isNode(parameters) ? parameters : {},
    sessionId: typeof sessionId === 'string' ? sessionId : undefined,
  };
}

function childOf(node: unknown, name: string): Node | undefined {
  const child = isNode(node) ? node[name] : undefined;
  return isNode(child) ? child : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const names = { u: 'partner', c: 'enterprise' } as const;

/** An answer: `content` is XML already. */
export function responseXml(dialect: SoapDialect, operation: string, content: string): string {
  const namespace = `urn:${names[dialect]}.soap.sforce.com`;
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="${namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><${operation}Response>${content}</${operation}Response></soapenv:Body></soapenv:Envelope>`;
}

export function faultXml(dialect: SoapDialect, code: string, message: string, type = 'UnexpectedErrorFault'): string {
  const sf = `urn:fault.${names[dialect]}.soap.sforce.com`;
  const text = escapeXml(message);
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="${sf}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault><faultcode>sf:${code}</faultcode><faultstring>${code}: ${text}</faultstring><detail><sf:${type} xsi:type="sf:${type}"><sf:exceptionCode>${code}</sf:exceptionCode><sf:exceptionMessage>${text}</sf:exceptionMessage></sf:${type}></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`;
}

/** `{name: value}` as elements; nested objects nest, null is `xsi:nil`. */
export function elementsXml(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => {
      if (value === null) return `<${name} xsi:nil="true"/>`;
      const content = isNode(value) ? elementsXml(value) : escapeXml(String(value));
      return `<${name}>${content}</${name}>`;
    })
    .join('');
}

const entities: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' };

function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => entities[character] ?? character);
}
