/** One line of a result table; the keys are the columns. */
export type ResultLine = Readonly<Record<string, string | number>>;

export interface Reporter {
  add(line: ResultLine, problems: readonly string[]): void;
}

const columnWidth = 11;
const nameWidth = 28;

/** Prints each result as it comes: as a row of a table, or with `json` as one object a line. Problems go to `say`. */
export function createReporter(parts: {
  readonly json: boolean;
  readonly print: (line: string) => void;
  readonly say: (line: string) => void;
}): Reporter {
  let hasHeader = false;
  const row = (cells: readonly (string | number)[]) =>
    cells
      .map((cell, index) => (index === 0 ? String(cell).padEnd(nameWidth) : String(cell).padStart(columnWidth)))
      .join('');
  return {
    add(line, problems) {
      if (parts.json) parts.print(JSON.stringify(line));
      else {
        if (!hasHeader) parts.print(row([...Object.keys(line), 'kept']));
        hasHeader = true;
        parts.print(row([...Object.values(line), problems.length === 0 ? 'yes' : 'NO']));
      }
      for (const problem of problems) parts.say(`${line['scenario']}: ${problem}`);
    },
  };
}
