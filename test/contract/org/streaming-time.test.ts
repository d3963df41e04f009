import { describe, expect, it } from 'vitest';
import { createClock } from '../../../local/org/clock.ts';
import { collect, startTestOrg } from './support.ts';

interface ChangeMessage {
  readonly data: {
    readonly payload: Record<string, unknown> & { ChangeEventHeader: Record<string, unknown> };
    readonly event: { readonly replayId: number };
  };
}

describe('time and trouble', () => {
  it('forgets a client 40 seconds after its last connect and ends a held connect after 110', async () => {
    const clock = createClock({ manual: true });
    const other = await startTestOrg({ clock });
    try {
      const probe = other.bayeux();
      const clientId = await probe.handshake();
      await probe.connect(clientId);
      clock.advance(39_000);
      const held = probe.connect(clientId);
      // The held connect is there when a second request of the same client was answered.
      await probe.subscribe(clientId, '/data/ChangeEvents');
      clock.advance(110_000);
      expect(await held).toMatchObject([{ successful: true }]);
      clock.advance(40_000);
      expect(await probe.connect(clientId)).toMatchObject([{ error: '403::Unknown client' }]);
    } finally {
      await other.close();
    }
  });

  it('loses events after their retention', async () => {
    const clock = createClock({ manual: true });
    const other = await startTestOrg({ clock, settings: { sessionTimeoutMs: 1e12 } });
    try {
      const probe = other.bayeux();
      const clientId = await probe.handshake();
      await probe.subscribe(clientId, '/data/AccountChangeEvent');
      await other.rest('POST', 'sobjects/Account', { Name: 'old' });
      clock.advance(5);
      const [message] = (await collect(probe, clientId, 1)) as unknown as ChangeMessage[];
      clock.advance(72 * 3_600_000 + 1);
      const later = other.bayeux();
      const laterId = await later.handshake();
      const answer = await later.subscribe(laterId, '/data/AccountChangeEvent', message?.data.event.replayId);
      expect(String(answer['error'])).toMatch(/^400::The replayId \{\d+\} you provided was invalid\./);
    } finally {
      await other.close();
    }
  });

  it('refuses more clients than the org may have', async () => {
    const other = await startTestOrg({ settings: { streamingClients: 1 } });
    try {
      await other.bayeux().handshake();
      const [answer] = await other.bayeux().send([{ channel: '/meta/handshake', id: '1' }]);
      expect(answer).toMatchObject({
        ext: { sfdc: { failureReason: '403::Organization concurrent user limit exceeded' } },
        successful: false,
      });
    } finally {
      await other.close();
    }
  });

  it.each([
    ['forget-clients', [{ error: '403::Unknown client', advice: { interval: 0, reconnect: 'handshake' } }]],
    ['expire-tokens', [{ error: '401::Authentication invalid', advice: { reconnect: 'none', interval: 0 } }]],
    ['server-disconnect', [{ channel: '/meta/disconnect' }, { error: '401::Authentication invalid' }]],
  ] as const)('ends a held connect on %s', async (kind, expected) => {
    const other = await startTestOrg();
    try {
      const probe = other.bayeux();
      const clientId = await probe.handshake();
      await probe.connect(clientId);
      const held = probe.connect(clientId);
      await probe.subscribe(clientId, '/data/ChangeEvents');
      expect(other.control.addFault({ kind })).toEqual({ affected: 1 });
      expect(await held).toMatchObject(expected);
    } finally {
      await other.close();
    }
  });
});
