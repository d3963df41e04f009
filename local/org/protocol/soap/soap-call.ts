import type { SoapDialect, SoapOperation } from './envelope.ts';

export interface SoapCall {
  readonly dialect: SoapDialect;
  readonly version: number;
  readonly operation: SoapOperation;
}

export type SoapAnswer = { readonly xml: string } | { readonly fault: string };
