import { errorCodes } from '../../shared/errors/codes.ts';

/** The page `docs/errors.md`, made from the one table of codes. */
export function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { meaning, disposition, operator }]) => `| \`${code}\` | ${meaning} | ${disposition} | ${operator} |`,
  );
  return `# Errors

Made from \`shared/errors/codes.ts\` by \`npm run docs:generate\`; do not edit.

- **retry**: tried again; nothing is acknowledged meanwhile.
- **reject**: this record or event can never succeed as it is; the dead-letter topic holds it.
- **halt**: its channel, org or sink waits, with one log line and a slow re-check. Only a broken configuration or a bug
  ends a process.

| Code | Meaning | Disposition | What you do |
|---|---|---|---|
${rows.join('\n')}
`;
}
