import type { Bridge } from './bridge.ts';
import { flowName } from './bridge-schema.ts';
import { checkSink } from './check-sink.ts';
import { checkSource } from './check-source.ts';
import { checkTargets } from './check-targets.ts';
import { declaredTopics } from './expand-topics.ts';
import type { Problem } from './problems.ts';
import { judge, readable } from './readable.ts';
import { type Settings, withDefaults } from './with-defaults.ts';

/**
 * Rules that hold between parts of a definition, which no single field can break.
 *
 * @param settings what can be read of it; a rule that needs more finds nothing.
 */
export function crossCheck(settings: Settings): Problem[] {
  const bridge = withDefaults(settings);
  const declared = () => declaredTopics(Object.values(settings.sources), Object.values(settings.sinks));
  return judge([
    () => checkSections(bridge),
    () => checkOrgs(bridge),
    () => bridge.sources.flatMap(checkSource),
    () => bridge.sinks.flatMap((sink) => checkSink(bridge, sink, settings.sinks[sink.name] ?? {}, declared)),
    () => bridge.sinks.flatMap(checkTargets),
    () => checkGroups(bridge),
    () => checkCaptures(bridge),
    () => checkPushTopics(bridge),
  ]);
}

function checkSections(bridge: Bridge): Problem[] {
  return judge([
    () => (bridge.orgs.length > 0 ? [] : [{ path: 'orgs', rule: 'must name at least one org' }]),
    () =>
      bridge.sources.length + bridge.sinks.length > 0
        ? []
        : [{ path: 'sources', rule: 'a bridge needs at least one source or sink' }],
  ]);
}

function checkOrgs(bridge: Bridge): Problem[] {
  // A name that is no name will be another one, and may be the one that is meant.
  const known = bridge.orgs.map(({ name }) => readable(flowName, name));
  if (known.length === 0) return [];
  const rule = `must name one of orgs (${known.join(', ')})`;
  const check = (section: 'sources' | 'sinks') => (flow: { readonly name: string; readonly org: string }) =>
    judge([() => (known.includes(flow.org) ? [] : [{ path: `${section}.${flow.name}.org`, rule }])]);
  return judge([() => bridge.sources.flatMap(check('sources')), () => bridge.sinks.flatMap(check('sinks'))]);
}

function checkGroups({ sinks }: Bridge): Problem[] {
  const groups = sinks.flatMap((sink) => {
    const path = `sinks.${sink.name}`;
    return judge([
      () => sink.feeds.map(({ consumerGroup }) => ({ path, setting: 'consumerGroup', is: consumerGroup })),
    ]);
  });
  return repeated(groups);
}

function checkCaptures({ sources }: Bridge): Problem[] {
  const captures = sources.flatMap((source) => {
    const path = `sources.${source.name}`;
    const what = () => `${source.org} ${JSON.stringify(source.capture)} ${source.topic}`;
    return judge([() => [{ path, setting: 'capture', is: what() }]]);
  });
  return repeated(captures);
}

/**
 * Sources of one PushTopic get the same events, of one object. Each that has it made would change it to what its own
 * definition says, again and again.
 */
function checkPushTopics({ sources }: Bridge): Problem[] {
  const first = new Map<string, { readonly source: string; readonly says: string }>();
  return sources.flatMap(({ name: source, org, capture }) => {
    if (capture.kind !== 'pushTopic') return [];
    const says = JSON.stringify(capture);
    const other = first.get(`${org} ${capture.name}`);
    if (other === undefined) first.set(`${org} ${capture.name}`, { source, says });
    if (other === undefined || other.says === says) return [];
    const rule = `has the PushTopic ${capture.name} of sources.${other.source}, so it must say the same of it`;
    return [{ path: `sources.${source}.capture`, rule }];
  });
}

interface Claim {
  readonly path: string;
  readonly setting: string;
  /** What no other flow may have. */
  readonly is: string;
}

function repeated(claims: readonly Claim[]): Problem[] {
  const first = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { path, setting, is } of claims) {
    const other = first.get(is);
    if (other === undefined) first.set(is, path);
    else problems.push({ path: `${path}.${setting}`, rule: `is already used by ${other}` });
  }
  return problems;
}
