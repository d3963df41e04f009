import { expect, test } from 'vitest';
import { serverProperties } from '../../../../local/broker/server-properties.ts';

test('one node on loopback that creates no topic by itself', () => {
  const lines = serverProperties({ port: 9, controllerPort: 10 }, 'C:\\run').split('\n');
  expect(lines).toContain('listeners=PLAINTEXT://127.0.0.1:9,CONTROLLER://127.0.0.1:10');
  expect(lines).toContain('advertised.listeners=PLAINTEXT://127.0.0.1:9');
  expect(lines).toContain('controller.quorum.voters=1@127.0.0.1:10');
  expect(lines).toContain('auto.create.topics.enable=false');
  expect(lines).toContain('log.message.timestamp.after.max.ms=9223372036854775807');
  expect(lines).toContain('log.dirs=C:\\\\run');
});
