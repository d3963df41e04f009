import { expect } from 'vitest';
import type { TestOrg } from './support.ts';

/** A line per row, cells without their quotes; results have to quote every cell. */
export function parseResults(text: string, delimiter = ','): readonly string[][] {
  const lines = text.split(/\r?\n/).filter((line) => line !== '');
  return lines.map((line) => {
    expect(line).toMatch(/^".*"$/);
    return line.slice(1, -1).split(`"${delimiter}"`);
  });
}

export async function createJob(org: TestOrg, job: Record<string, unknown>): Promise<string> {
  const { status, body } = await org.rest('POST', 'jobs/ingest', job);
  expect(status).toBe(200);
  return (body as { id: string }).id;
}

export async function upload(org: TestOrg, id: string, csv: string) {
  return await org.rest('PUT', `jobs/ingest/${id}/batches`, csv, { 'content-type': 'text/csv' });
}

/** Creates, uploads, closes and waits for the end. */
export async function runJob(
  org: TestOrg,
  job: Record<string, unknown>,
  csv: string,
): Promise<Record<string, unknown>> {
  const id = await createJob(org, job);
  expect(await upload(org, id, csv)).toMatchObject({ status: 201, body: undefined });
  expect(await org.rest('PATCH', `jobs/ingest/${id}`, { state: 'UploadComplete' })).toMatchObject({ status: 200 });
  return await ended(org, `jobs/ingest/${id}`);
}

export async function ended(org: TestOrg, path: string): Promise<Record<string, unknown>> {
  const info = async () => (await org.rest('GET', path)).body as Record<string, unknown>;
  await expect.poll(async () => (await info())['state'], { interval: 5 }).toMatch(/JobComplete|Failed|Aborted/);
  return await info();
}

export async function results(org: TestOrg, id: unknown, kind: string): Promise<string> {
  const { status, body, headers } = await org.rest('GET', `jobs/ingest/${String(id)}/${kind}`);
  expect(status).toBe(200);
  expect(headers.get('content-type')).toContain('text/csv');
  return String(body ?? '');
}
