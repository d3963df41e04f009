import type { Readable } from 'node:stream';
import type { Transaction } from '../../store/transaction.ts';
import type { Session } from '../oauth/sessions.ts';

/** One REST call, from the wire or from inside a composite. */
export interface RestCall {
  readonly method: string;
  /** Path behind `/services/data/vNN.0`, without slashes at its ends; still URL-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** The body as it came, for errors that name a place in it. */
  readonly rawBody: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Say `66`. */
  readonly version: number;
  readonly session: Session;
  /** The surrounding all-or-none composite; its owner commits. */
  readonly transaction?: Transaction;
}

export interface RestAnswer {
  readonly status: number;
  readonly body?: unknown;
  /** An answer that is not JSON, instead of `body`. */
  readonly content?: { readonly type: string; readonly data: string | Readable };
  readonly headers?: Readonly<Record<string, string>>;
}
