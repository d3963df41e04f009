import { describe, expect, it } from 'vitest';
import {
  type BayeuxRefusal,
  classifyBayeuxError,
  classifyHttpAnswer,
} from '../../../../shared/salesforce/classify-bayeux-error.ts';

const replayText =
  'The replayId {99999999} you provided was invalid.  Please provide a valid ID, -2 to replay all events, or -1 to replay only new events.';
const tooManyConnections =
  'To protect all customers from excessive use and Denial of Service attacks, we limit the number of simultaneous connections per server. Your request has been denied because this limit has been exceeded. Please try your request again later.';

type Case = [request: BayeuxRefusal['request'], error: string, code: string, retryAfterMs?: number];

describe('classifyBayeuxError', () => {
  it.each<Case>([
    ['connect', '401::Authentication invalid', 'SKB_AUTH_EXPIRED'],
    ['handshake', '401::Request requires authentication', 'SKB_AUTH_EXPIRED'],
    ['subscribe', '401::Authentication invalid', 'SKB_AUTH_EXPIRED'],
    ['connect', '403::Unknown client', 'SKB_SUBSCRIPTION_LOST'],
    ['subscribe', '403::Unknown client', 'SKB_SUBSCRIPTION_LOST'],
    ['connect', '402::Unknown client', 'SKB_SUBSCRIPTION_LOST'],
    ['connect', '402::session_unknown', 'SKB_SUBSCRIPTION_LOST'],
    ['connect', '403::Client has not completed handshake', 'SKB_SUBSCRIPTION_LOST'],
    [
      'subscribe',
      '400::Client 4x has established a session, but no BAYEUX_BROWSER cookie present',
      'SKB_SUBSCRIPTION_LOST',
    ],
    ['connect', "400::Authenticated user id does not match the session's user id", 'SKB_SUBSCRIPTION_LOST'],
    ['subscribe', `400::${replayText}`, 'SKB_REPLAY_LOST'],
    ['subscribe', '403::Organization total events daily limit exceeded', 'SKB_SALESFORCE_LIMIT', 900_000],
    ['connect', '403::Organization total events daily limit exceeded', 'SKB_SALESFORCE_LIMIT', 900_000],
    ['handshake', '403::Organization concurrent user limit exceeded', 'SKB_SALESFORCE_LIMIT', 10_000],
    ['handshake', `403::${tooManyConnections}`, 'SKB_SALESFORCE_LIMIT', 10_000],
    ['connect', '503::Server is too busy. Please try your request again later.', 'SKB_SALESFORCE_UNAVAILABLE', 5_000],
    ['handshake', '500::Internal error', 'SKB_SALESFORCE_UNAVAILABLE'],
    ['subscribe', "400::The channel you requested to subscribe to doesn't exist /data/X", 'SKB_SUBSCRIPTION_REFUSED'],
    ['subscribe', '403::Subscriber does not have access to the entity in this topic', 'SKB_SUBSCRIPTION_REFUSED'],
    ['subscribe', '403::Subscription limit exceeded for this topic', 'SKB_SUBSCRIPTION_REFUSED'],
    [
      'subscribe',
      '403::User not allowed to subscribe CDC without View All Data permissions',
      'SKB_SUBSCRIPTION_REFUSED',
    ],
    ['subscribe', '403:denied_by_security_policy:create_denied', 'SKB_SUBSCRIPTION_REFUSED'],
    ['subscribe', '404::Unknown channel', 'SKB_SUBSCRIPTION_REFUSED'],
    ['subscribe', '413::Maximum Request Size Exceeded', 'SKB_SUBSCRIPTION_REFUSED'],
    ['handshake', '403::Handshake denied', 'SKB_SUBSCRIPTION_REFUSED'],
    ['handshake', '403::User not enabled for streaming', 'SKB_SUBSCRIPTION_REFUSED'],
    ['connect', '400::Invalid connection type x', 'SKB_SUBSCRIPTION_LOST'],
  ])('%s refused with %s means %s', (request, error, code, retryAfterMs) => {
    const classified = classifyBayeuxError({ request, error });
    expect(classified.code).toBe(code);
    expect(classified.retryAfterMs).toBe(retryAfterMs);
    expect(classified.message).toContain(error);
  });

  it('believes the failure reason rather than the error in front of it', () => {
    const denied = { request: 'handshake', error: '403::Handshake denied' } as const;
    const because = (failureReason: string) => classifyBayeuxError({ ...denied, failureReason }).code;
    expect(because('401::Authentication invalid')).toBe('SKB_AUTH_EXPIRED');
    expect(because('503::Server is too busy. Please try your request again later.')).toBe('SKB_SALESFORCE_UNAVAILABLE');
  });

  it('takes a refusal without a reason for one', () => {
    expect(classifyBayeuxError({ request: 'subscribe', channel: '/data/X' })).toMatchObject({
      code: 'SKB_SUBSCRIPTION_REFUSED',
      message: 'Salesforce refused the subscription to /data/X: no reason given',
    });
  });
});

describe('classifyHttpAnswer', () => {
  it.each([
    [401, '', 'SKB_AUTH_EXPIRED'],
    [403, '[{"errorCode":"INVALID_SESSION_ID","message":"Session expired or invalid"}]', 'SKB_AUTH_EXPIRED'],
    [403, '[{"errorCode":"REQUEST_LIMIT_EXCEEDED"}]', 'SKB_SALESFORCE_LIMIT'],
    [403, '<html>proxy</html>', 'SKB_SALESFORCE_UNAVAILABLE'],
    [200, '<html>maintenance</html>', 'SKB_SALESFORCE_UNAVAILABLE'],
    [302, '', 'SKB_SALESFORCE_UNAVAILABLE'],
    [503, '', 'SKB_SALESFORCE_UNAVAILABLE'],
  ])('HTTP %i with body %j means %s', (status, body, code) => {
    expect(classifyHttpAnswer(status, body, null).code).toBe(code);
  });

  it('waits as long as Retry-After says', () => {
    expect(classifyHttpAnswer(503, '', '120').retryAfterMs).toBe(120_000);
  });
});
