import { pipeline, Readable } from 'node:stream';
import { type Options, type Parser, parse } from 'csv-parse';
import { type Stringifier, stringify } from 'csv-stringify';
import { type CsvFormat, delimiters, type LineEnding, lineEndings } from './job.ts';

/** Without a line ending, whichever the data has is taken. */
type ReadFormat = Pick<CsvFormat, 'columnDelimiter'> & { readonly lineEnding?: LineEnding };

/** Reads rows as lists of cells, one after another, the heading first. */
export function readCsv(text: string, format: ReadFormat): Parser {
  const options: Options = {
    bom: true,
    delimiter: delimiters[format.columnDelimiter],
    ...(format.lineEnding === undefined ? {} : { record_delimiter: lineEndings[format.lineEnding] }),
    relax_column_count: true,
    skip_empty_lines: true,
  };
  const parser = parse(options);
  // Broken data fails before anyone reads; the one who iterates still hears of it.
  parser.on('error', () => {});
  parser.end(text);
  return parser;
}

/** Rows of text with every cell in quotes, as the result files of jobs are; broken off when the rows break off. */
export function writeCsv(
  format: CsvFormat,
  rows: Iterable<readonly string[]> | AsyncIterable<readonly string[]>,
): Stringifier {
  const writer = stringify({
    delimiter: delimiters[format.columnDelimiter],
    record_delimiter: lineEndings[format.lineEnding],
    quoted: true,
    quoted_empty: true,
  });
  pipeline(Readable.from(rows), writer, () => {});
  return writer;
}

/** What is wrong with the line ending of the data, in the words of a failed job. */
export function lineEndingProblem(text: string, format: CsvFormat): string | undefined {
  const end = text.indexOf('\n');
  if (end < 0) return undefined;
  const found = text[end - 1] === '\r' ? 'CRLF' : 'LF';
  if (found === format.lineEnding) return undefined;
  return `ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is ${format.lineEnding}`;
}
