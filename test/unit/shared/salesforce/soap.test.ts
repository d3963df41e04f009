import { describe, expect, it } from 'vitest';
import { readSoapAnswer, soapEnvelope } from '../../../../shared/salesforce/soap.ts';

const answer = (body: string, header = '') =>
  `<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com" xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Header>${header}</soapenv:Header><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;
const fault = (code: string, text: string) =>
  answer(
    `<soapenv:Fault><faultcode>sf:${code}</faultcode><faultstring>${code}: ${text}</faultstring><detail/></soapenv:Fault>`,
  );

describe('a SOAP answer', () => {
  it('gives one result as a list of one, without its types', () => {
    const { response } = readSoapAnswer(
      answer('<undeleteResponse><result><id>001</id><success>true</success></result></undeleteResponse>'),
    );
    expect(response).toEqual({ result: [{ id: '001', success: 'true' }] });
  });

  it('says how many calls of the day are used, as REST does', () => {
    const header =
      '<LimitInfoHeader><limitInfo><current>7</current><limit>15000</limit><type>API REQUESTS</type></limitInfo></LimitInfoHeader>';
    expect(readSoapAnswer(answer('<undeleteResponse/>', header))).toEqual({
      response: {},
      limitInfo: 'api-usage=7/15000',
    });
  });

  it.each([
    ['INVALID_SESSION_ID', 401],
    ['UNKNOWN_EXCEPTION', 500],
    ['EXCEEDED_ID_LIMIT', 400],
  ])('names a fault %s with the status of REST, since its own is always 500', (code, status) => {
    const found = readSoapAnswer(fault(code, 'a: b')).fault;
    expect(found).toMatchObject({ status, error: { message: 'a: b', errorCode: code } });
  });

  it.each(['', '<html><body>Down</body></html>', '{"a":1}', '<a><b></a>'])('is none when it is %j', (text) => {
    expect(readSoapAnswer(text)).toEqual({});
  });
});

describe('a SOAP envelope', () => {
  it('carries the token and our name as texts', () => {
    const text = soapEnvelope({ sessionId: 'a<b>&"', client: 'bridge', content: '<urn:x/>' });
    expect(text).toContain('<urn:sessionId>a&lt;b&gt;&amp;&quot;</urn:sessionId>');
    expect(text).toContain('<urn:client>bridge</urn:client>');
  });
});
