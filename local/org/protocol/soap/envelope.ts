import { XMLParser } from 'fast-xml-parser';

export type SoapDialect = 'u' | 'c';

export interface SoapOperation {
  readonly name: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Of the envelope's SessionHeader. */
  readonly sessionId: string | undefined;
  /** Of its CallOptions. */
  readonly client: string | undefined;
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
  const header = childOf(envelope, 'Header');
  const sessionId = childOf(header, 'SessionHeader')?.['sessionId'];
  const client = childOf(header, 'CallOptions')?.['client'];
  return {
    name,
    parameters: isNode(parameters) ? parameters : {},
    sessionId: typeof sessionId === 'string' ? sessionId : undefined,
    client: typeof client === 'string' ? client : undefined,
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

/** An answer: `content` and `header` are XML already. */
export function responseXml(dialect: SoapDialect, operation: string, content: string, header = ''): string {
  const namespace = `urn:${names[dialect]}.soap.sforce.com`;
  const head = header === '' ? '' : `<soapenv:Header>${header}</soapenv:Header>`;
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="${namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">${head}<soapenv:Body><${operation}Response>${content}</${operation}Response></soapenv:Body></soapenv:Envelope>`;
}

export function faultXml(dialect: SoapDialect, code: string, message: string, type = 'UnexpectedErrorFault'): string {
  const sf = `urn:fault.${names[dialect]}.soap.sforce.com`;
  const text = escapeXml(message);
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:sf="${sf}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault><faultcode>sf:${code}</faultcode><faultstring>${code}: ${text}</faultstring><detail><sf:${type} xsi:type="sf:${type}"><sf:exceptionCode>${code}</sf:exceptionCode><sf:exceptionMessage>${text}</sf:exceptionMessage></sf:${type}></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`;
}

/** `{name: value}` as elements; nested objects nest, lists repeat their element, null is `xsi:nil`. */
export function elementsXml(values: Readonly<Record<string, unknown>>): string {
  return Object.entries(values)
    .map(([name, value]) => {
      if (Array.isArray(value)) return value.map((each) => elementsXml({ [name]: each })).join('');
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
