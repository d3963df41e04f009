import { writeFile } from 'node:fs/promises';
import { costPage } from './cost.ts';
import { errorsPage } from './errors.ts';

await writeFile(new URL('../errors.md', import.meta.url), errorsPage());
await writeFile(new URL('../cost.md', import.meta.url), costPage());
