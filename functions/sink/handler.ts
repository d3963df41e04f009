import { createHandler } from './program.ts';

/** What Lambda invokes. */
export const handler = createHandler();
