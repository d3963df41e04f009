import type { Coordinates } from '../kafka/kafka-record.ts';

/** Keeps letters that are too large for the sink's topic or queue; the letter that is stored there names the place. */
export interface ClaimStore {
  /** @returns where it lies, such as `s3://bucket/sink/topic/0/17.json`. The same letter always lies in the same place. */
  put(sink: string, coordinates: Coordinates, envelope: string): Promise<string>;
}
