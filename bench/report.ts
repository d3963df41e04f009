/** Measures something and prints a line per figure. */
export type Benchmark = (print: (line: string) => void) => Promise<void>;

export interface Figure {
  readonly what: string;
  readonly count: number;
  /** `rows`, `events`. */
  readonly unit: string;
  readonly seconds: number;
  /** Processor time of the measured process, when it is known. */
  readonly cpuSeconds?: number | undefined;
}

export function figureLine({ what, count, unit, seconds, cpuSeconds }: Figure): string {
  const rate = perSecond(count, seconds);
  const cpu = cpuSeconds === undefined ? '' : `; ${perSecond(count, cpuSeconds)} a second of its processor time`;
  return `${what.padEnd(44)} ${rate.padStart(9)} ${unit}/s   (${count.toLocaleString('en-US')} in ${seconds.toFixed(2)} s${cpu})`;
}

function perSecond(count: number, seconds: number): string {
  return Math.round(count / Math.max(seconds, 0.001)).toLocaleString('en-US');
}
