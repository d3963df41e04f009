import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of this package: TypeScript in a checkout, JavaScript in the published package. */
export function programFile(withoutExtension: string): string {
  return fileURLToPath(new URL(`../${withoutExtension}${path.extname(import.meta.url)}`, import.meta.url));
}
