import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { PriceRecord } from './price-updates.ts';

/**
 * Reads a user's own price updates, one JSON object a line. A line that is not JSON is named and sent as it is, because
 * the bridge throws nothing away: it ends in the dead-letter topic. A line without a changeId gets one, its mark.
 *
 * @throws BridgeError SKB_CONFIG_INVALID when the file cannot be read.
 */
export async function readPriceFile(file: string, warn: (message: string) => void): Promise<PriceRecord[]> {
  const records: PriceRecord[] = [];
  let number = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity })) {
      number += 1;
      if (line.trim() === '') continue;
      const parsed = parseLine(line);
      if (parsed === undefined) {
        warn(`${file} line ${number} is not a JSON object; it is sent as it is and will be dead-lettered`);
        records.push({ key: `line-${number}`, value: line });
        continue;
      }
      const key = typeof parsed['product'] === 'string' ? parsed['product'] : `line-${number}`;
      const marked = 'changeId' in parsed ? line : JSON.stringify({ ...parsed, changeId: `line-${number}` });
      records.push({ key, value: marked });
    }
  } catch (cause) {
    throw new BridgeError('SKB_CONFIG_INVALID', `--input ${file} cannot be read`, { cause });
  }
  return records;
}

function parseLine(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
