import type { Source } from './bridge.ts';
import { canBeReadAgain, capturedObjects, capturesRows } from './captured-objects.ts';
import type { Problem } from './problems.ts';
import { isTemplate } from './topic-template.ts';
import { topicsOfSource } from './topics-of-source.ts';

const needsRows = 'needs rows to read: Change Data Capture or PushTopics, not in format raw, with the objects named';

/** Rules between the settings of one source. */
export function checkSource(source: Source): Problem[] {
  const path = `sources.${source.name}`;
  const { capture, topic } = source;
  const problems: Problem[] = [];
  if (isTemplate(topic) && capturedObjects(capture) === undefined) {
    const setting = capture.kind === 'platformEvent' ? 'events' : 'objects';
    problems.push({
      path: `${path}.topic`,
      rule: `is a template, so the capture must list its ${setting}: rights are given to topics by name`,
    });
  }
  if (topicsOfSource(source).includes(source.deadLetterTopic)) {
    problems.push({ path: `${path}.deadLetterTopic`, rule: 'must differ from the topic it fills' });
  }
  if (source.key !== undefined && (capture.kind !== 'platformEvent' || source.format === 'raw')) {
    problems.push({
      path: `${path}.key`,
      rule: 'is for platform events in format row; not every event of a row carries its fields, so a row is keyed by its Id',
    });
  }
  if (source.format === 'connect' && !capturesRows(capture)) {
    problems.push({ path: `${path}.format`, rule: "can be 'row' or 'raw': connect is the form of rows" });
  }
  if (source.envelope !== undefined && source.format !== 'connect') {
    problems.push({ path: `${path}.envelope`, rule: 'is for format connect' });
  }
  if (source.tombstoneOnDelete && !capturesRows(capture)) {
    problems.push({ path: `${path}.tombstoneOnDelete`, rule: 'is for captures of rows; nothing else is deleted' });
  }
  for (const setting of ['snapshot', 'fullRow'] as const) {
    if (source[setting] && !canBeReadAgain(source)) problems.push({ path: `${path}.${setting}`, rule: needsRows });
  }
  if (source.onReplayLost === 'resync' && !canBeReadAgain(source)) {
    problems.push({ path: `${path}.onReplayLost`, rule: `can be 'earliest', 'latest' or 'halt': resync ${needsRows}` });
  }
  // A PushTopic's event does not say who made the change.
  if (source.loopGuard && (capture.kind === 'pushTopic' || !capturesRows(capture))) {
    problems.push({
      path: `${path}.loopGuard`,
      rule: 'is for Change Data Capture, whose events say who made a change',
    });
  }
  if (source.fullRow && capture.kind === 'pushTopic') {
    problems.push({ path: `${path}.fullRow`, rule: 'has no effect: an event of a PushTopic shows all its fields' });
  }
  if (capture.kind === 'pushTopic' && !capture.create) {
    const moot = ['fields', 'where'].filter((setting) => setting in capture);
    for (const setting of moot) {
      problems.push({ path: `${path}.capture.${setting}`, rule: 'has an effect with create: true only' });
    }
  }
  return problems;
}
