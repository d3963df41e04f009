import type { Source } from './bridge.ts';
import { canBeReadAgain, capturedObjects, capturesRows } from './captured-objects.ts';
import type { Problem } from './problems.ts';
import { judge } from './readable.ts';
import { isTemplate } from './topic-template.ts';
import { topicsOfSource } from './topics-of-source.ts';

const needsRows = 'needs rows to read: Change Data Capture or PushTopics, not in format raw, with the objects named';

interface SourceRule {
  readonly setting: string;
  readonly rule: string | ((source: Source) => string);
  readonly isBroken: (source: Source) => boolean;
}

const rules: readonly SourceRule[] = [
  {
    setting: 'topic',
    rule: ({ capture: { kind } }) =>
      `is a template, so the capture must list its ${kind === 'platformEvent' ? 'events' : 'objects'}: rights are given to topics by name`,
    isBroken: ({ topic, capture }) => isTemplate(topic) && capturedObjects(capture) === undefined,
  },
  {
    setting: 'deadLetterTopic',
    rule: 'must differ from the topic it fills',
    isBroken: (source) => topicsOfSource(source).includes(source.deadLetterTopic),
  },
  {
    setting: 'key',
    rule: 'is for platform events in format row; not every event of a row carries its fields, so a row is keyed by its Id',
    isBroken: ({ key, capture, format }) => key !== undefined && (capture.kind !== 'platformEvent' || format === 'raw'),
  },
  {
    setting: 'format',
    rule: "can be 'row' or 'raw': connect is the form of rows",
    isBroken: ({ format, capture }) => format === 'connect' && !capturesRows(capture),
  },
  {
    setting: 'envelope',
    rule: 'is for format connect',
    isBroken: ({ envelope, format }) => envelope !== undefined && format !== 'connect',
  },
  {
    setting: 'tombstoneOnDelete',
    rule: 'is for captures of rows; nothing else is deleted',
    isBroken: ({ tombstoneOnDelete, capture }) => tombstoneOnDelete && !capturesRows(capture),
  },
  { setting: 'snapshot', rule: needsRows, isBroken: (source) => source.snapshot && !canBeReadAgain(source) },
  { setting: 'fullRow', rule: needsRows, isBroken: (source) => source.fullRow && !canBeReadAgain(source) },
  {
    setting: 'onReplayLost',
    rule: `can be 'earliest', 'latest' or 'halt': resync ${needsRows}`,
    isBroken: (source) => source.onReplayLost === 'resync' && !canBeReadAgain(source),
  },
  {
    // A PushTopic's event does not say who made the change.
    setting: 'loopGuard',
    rule: 'is for Change Data Capture, whose events say who made a change',
    isBroken: ({ loopGuard, capture }) => loopGuard && (capture.kind === 'pushTopic' || !capturesRows(capture)),
  },
  {
    setting: 'fullRow',
    rule: 'has no effect: an event of a PushTopic shows all its fields',
    isBroken: ({ fullRow, capture }) => fullRow && capture.kind === 'pushTopic',
  },
  ...(['fields', 'where'] as const).map((setting) => ({
    setting: `capture.${setting}`,
    rule: 'has an effect with create: true only',
    isBroken: ({ capture }: Source) =>
      capture.kind === 'pushTopic' && !capture.create && capture[setting] !== undefined,
  })),
];

/** Rules between the settings of one source. */
export function checkSource(source: Source): Problem[] {
  const check = ({ setting, rule, isBroken }: SourceRule) => {
    if (!isBroken(source)) return [];
    return [{ path: `sources.${source.name}.${setting}`, rule: typeof rule === 'string' ? rule : rule(source) }];
  };
  return judge(rules.map((rule) => () => check(rule)));
}
