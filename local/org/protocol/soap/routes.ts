import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { OrgServices } from '../../services.ts';
import { findUser, type OrgApp, passwordFits } from '../oauth/directory.ts';
import { versionStatus } from '../rest/versions.ts';
import { elementsXml, faultXml, readEnvelope, responseXml, type SoapDialect } from './envelope.ts';
import type { SoapAnswer, SoapCall } from './soap-call.ts';
import { undelete } from './undelete.ts';
import { soapUserInfo } from './user-info.ts';

/** `login()` is not part of the API from this version on. */
const firstWithoutLogin = 65;

/** Sessions of `login()` belong to no connected app. */
const soapApp: OrgApp = { name: 'SOAP login', clientId: '', clientSecret: '' };

/** SOAP as far as clients need it to log in and out and to undelete: the partner (`u`) and the enterprise (`c`) address. */
export function registerSoap(server: FastifyInstance, services: OrgServices): void {
  const serve = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const answer = serveSoap(request, services);
    const failed = 'fault' in answer;
    return reply
      .code(failed ? 500 : 200)
      .type('text/xml;charset=UTF-8')
      .send(failed ? answer.fault : answer.xml);
  };
  // Clients send later calls to `serverUrl`, which ends in the organization's ID.
  for (const path of ['/services/Soap/:dialect/:version', '/services/Soap/:dialect/:version/:org']) {
    server.post(path, serve);
  }
}

function serveSoap(request: FastifyRequest, services: OrgServices): SoapAnswer {
  const { dialect: letter, version: text } = request.params as Readonly<Record<string, string>>;
  const dialect: SoapDialect = letter === 'c' ? 'c' : 'u';
  const version = Math.floor(Number(text));
  const status = versionStatus(version, services.settings.newestApiVersion);
  if (status !== 'served') {
    const message = status === 'retired' ? 'API version has been retired.' : 'Invalid Api version specified on URL';
    return { fault: faultXml(dialect, 'UNSUPPORTED_API_VERSION', message) };
  }
  const operation = readEnvelope(typeof request.body === 'string' ? request.body : '');
  if (operation === undefined) return { fault: faultXml(dialect, 'UNKNOWN_EXCEPTION', 'Invalid SOAP envelope') };
  const call = { dialect, version, operation };
  return operation.name === 'login' ? login(call, services) : withSession(call, services);
}

function login({ dialect, version, operation }: SoapCall, services: OrgServices): SoapAnswer {
  const fault = (code: string, message: string): SoapAnswer => ({
    fault: faultXml(dialect, code, message, 'LoginFault'),
  });
  services.counters.count('token', soapApp.name);
  if (version >= firstWithoutLogin) {
    return fault('INVALID_OPERATION', `SOAP API login() is not available in API version ${version}.0`);
  }
  if (services.settings.soapLogin === 'disabled') {
    return fault('INVALID_OPERATION', 'SOAP API login() is disabled by default in this org');
  }
  const { username, password } = operation.parameters;
  const user = findUser(services.directory.users, String(username ?? ''));
  if (user === undefined || !passwordFits(user, String(password ?? ''))) {
    return fault('INVALID_LOGIN', 'Invalid username, password, security token; or user locked out.');
  }
  if (!services.sessions.mayLogIn(user)) return fault('INVALID_LOGIN', 'Login rate exceeded');
  const session = services.sessions.issue(user, soapApp);
  const base = services.instanceUrl();
  const org = services.orgId.slice(0, 15);
  const result = {
    metadataServerUrl: `${base}/services/Soap/m/${version}.0/${org}`,
    passwordExpired: user.passwordExpired === true,
    sandbox: false,
    serverUrl: `${base}/services/Soap/${dialect}/${version}.0/${org}`,
    sessionId: session.token,
    userId: user.id,
    userInfo: soapUserInfo(user, secondsLeft(session, services), services),
  };
  return { xml: responseXml(dialect, 'login', elementsXml({ result })) };
}

function withSession(call: SoapCall, services: OrgServices): SoapAnswer {
  const { dialect, operation } = call;
  const { name, sessionId } = operation;
  const session = services.sessions.find(sessionId, true);
  if (session === undefined) {
    const message = 'Invalid Session ID found in SessionHeader: Illegal Session';
    return { fault: faultXml(dialect, 'INVALID_SESSION_ID', message) };
  }
  switch (name) {
    case 'getUserInfo': {
      const result = soapUserInfo(session.user, secondsLeft(session, services), services);
      return { xml: responseXml(dialect, name, elementsXml({ result })) };
    }
    case 'getServerTimestamp': {
      const result = { timestamp: new Date(services.clock.now()).toISOString() };
      return { xml: responseXml(dialect, name, elementsXml({ result })) };
    }
    case 'logout':
      services.sessions.revoke(session.token);
      return { xml: responseXml(dialect, name, '') };
    case 'undelete':
      return undelete(call, session, services);
    default: {
      const namespace = dialect === 'u' ? 'urn:partner.soap.sforce.com' : 'urn:enterprise.soap.sforce.com';
      return {
        fault: faultXml(dialect, 'UNKNOWN_EXCEPTION', `No operation available for request {${namespace}}${name}`),
      };
    }
  }
}

function secondsLeft({ expiresAt }: { readonly expiresAt: number }, { clock }: OrgServices): number {
  return Math.ceil((expiresAt - clock.now()) / 1000);
}
