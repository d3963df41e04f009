import { writeFile } from 'node:fs/promises';
import { configurationPage } from './configuration.ts';
import { costPage } from './cost.ts';
import { errorsPage } from './errors.ts';

await writeFile(new URL('../errors.md', import.meta.url), errorsPage());
await writeFile(new URL('../configuration.md', import.meta.url), configurationPage());
await writeFile(new URL('../cost.md', import.meta.url), costPage());
