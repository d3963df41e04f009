import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findJava, parseJavaVersion, requireMaven } from '../../../../local/broker/java.ts';

describe('parseJavaVersion', () => {
  test.each([
    ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment (build 17.0.15+6)', 17, '17.0.15'],
    ['openjdk version "21" 2023-09-19', 21, '21'],
    ['java version "1.8.0_402"', 8, '1.8.0_402'],
    ['openjdk version "25-ea" 2025-09-16', 25, '25-ea'],
  ])('%s', (output, major, text) => {
    expect(parseJavaVersion(output)).toEqual({ major, text });
  });

  test.each(['', 'command not found', 'version ""'])('understands nothing of %j', (output) => {
    expect(parseJavaVersion(output)).toBeUndefined();
  });
});

describe('what the machine must have', () => {
  let bin: string;
  beforeEach(async () => {
    bin = await mkdtemp(path.join(os.tmpdir(), 'bin-'));
  });
  afterEach(() => rm(bin, { recursive: true, force: true }));

  async function program(name: string, script: string) {
    await writeFile(path.join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(path.join(bin, name), 0o755);
  }

  test('no Java: names it and the ways out', async () => {
    const error = { code: 'SKB_ENVIRONMENT_UNFIT', message: expect.stringMatching(/Java 17.*Install.*KAFKA_BROKERS/) };
    await expect(findJava({ PATH: bin })).rejects.toMatchObject(error);
  });

  test('an old Java: names its version', async () => {
    await program('java', `echo 'openjdk version "11.0.2"' >&2`);
    await expect(findJava({ PATH: bin })).rejects.toMatchObject({
      code: 'SKB_ENVIRONMENT_UNFIT',
      message: expect.stringMatching(/java is 11\.0\.2\. Install.*KAFKA_BROKERS/),
    });
  });

  test('a good Java, on PATH or in JAVA_HOME', async () => {
    await program('java', `echo 'openjdk version "21.0.1"' >&2`);
    expect(await findJava({ PATH: bin })).toEqual({ command: 'java', version: '21.0.1' });
    await expect(findJava({ PATH: bin, JAVA_HOME: bin })).rejects.toMatchObject({ code: 'SKB_ENVIRONMENT_UNFIT' });
  });

  test('no Maven: names it and the ways out', async () => {
    const error = { code: 'SKB_ENVIRONMENT_UNFIT', message: expect.stringMatching(/mvn.*Install.*KAFKA_BROKERS/) };
    await expect(requireMaven({ PATH: bin })).rejects.toMatchObject(error);
  });
});
