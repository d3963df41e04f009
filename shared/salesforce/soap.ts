import { XMLParser } from 'fast-xml-parser';
import { isJsonObject } from './exact-json.ts';

// The few SOAP calls that REST has no counterpart for, such as undelete():
// https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_undelete.htm

export type XmlNode = Readonly<Record<string, unknown>>;

interface SoapCall {
  /** An access token of OAuth serves as session ID. */
  readonly sessionId: string;
  /** Our name, as `Sforce-Call-Options` says it to REST. */
  readonly client: string;
  /** The operation's element, with the prefix `urn`. */
  readonly content: string;
}

export function soapEnvelope({ sessionId, client, content }: SoapCall): string {
  const header = `<urn:SessionHeader><urn:sessionId>${escapeXml(sessionId)}</urn:sessionId></urn:SessionHeader><urn:CallOptions><urn:client>${escapeXml(client)}</urn:client></urn:CallOptions>`;
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:partner.soap.sforce.com"><soapenv:Header>${header}</soapenv:Header><soapenv:Body>${content}</soapenv:Body></soapenv:Envelope>`;
}

export interface SoapAnswer {
  /** What stands in the element `<operation>Response`; lists are arrays, texts are not converted. */
  readonly response?: XmlNode;
  /** `api-usage=5/15000`, the form that REST's `Sforce-Limit-Info` has. */
  readonly limitInfo?: string;
  /** In the form that jsforce throws; its status is the one REST would have given, since SOAP's is always 500. */
  readonly fault?: { readonly error: Error; readonly status: number };
}

const lists = new Set(['result', 'errors', 'fields', 'limitInfo']);

/** Reads the body of an answer; a body that is no SOAP gives an empty answer. */
export function readSoapAnswer(text: string): SoapAnswer {
  const parser = new XMLParser({
    removeNSPrefix: true,
    parseTagValue: false,
    ignoreAttributes: true,
    isArray: (name) => lists.has(name),
  });
  let document: unknown;
  try {
    document = parser.parse(text, true);
  } catch {
    return {};
  }
  const envelope = childOf(document, 'Envelope');
  const body = childOf(envelope, 'Body');
  const fault = childOf(body, 'Fault');
  if (fault !== undefined) return { fault: toFault(fault) };
  const [name, response] = Object.entries(body ?? {})[0] ?? [];
  if (name === undefined || !name.endsWith('Response')) return {};
  const limitInfo = limitInfoOf(childOf(childOf(envelope, 'Header'), 'LimitInfoHeader'));
  return { response: isJsonObject(response) ? response : {}, ...(limitInfo === undefined ? {} : { limitInfo }) };
}

/** Faults that say nothing about the request; the others refuse it. */
const serverFaults = new Set(['UNKNOWN_EXCEPTION', 'SERVER_UNAVAILABLE']);

function toFault(fault: XmlNode): { error: Error; status: number } {
  const [prefix = '', ...rest] = String(fault['faultstring'] ?? '').split(': ');
  const errorCode = /^[A-Z_]+$/.test(prefix) ? prefix : 'UNKNOWN_EXCEPTION';
  const message = errorCode === prefix ? rest.join(': ') : String(fault['faultstring'] ?? '');
  const status = errorCode === 'INVALID_SESSION_ID' ? 401 : serverFaults.has(errorCode) ? 500 : 400;
  return { error: Object.assign(new Error(message), { errorCode }), status };
}

function limitInfoOf(header: XmlNode | undefined): string | undefined {
  const infos = (header?.['limitInfo'] ?? []) as readonly XmlNode[];
  const calls = infos.find(({ type }) => type === 'API REQUESTS');
  return calls === undefined ? undefined : `api-usage=${String(calls['current'])}/${String(calls['limit'])}`;
}

function childOf(node: unknown, name: string): XmlNode | undefined {
  const child = isJsonObject(node) ? node[name] : undefined;
  return isJsonObject(child) ? child : undefined;
}

const entities: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' };

export function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => entities[character] ?? character);
}
