import { writeFile } from 'node:fs/promises';
import { errorsPage } from './errors.ts';

await writeFile(new URL('../errors.md', import.meta.url), errorsPage());
