import type { Bridge } from './bridge.ts';
import { checkSource } from './check-source.ts';
import { checkTargets } from './check-targets.ts';
import type { Problem } from './problems.ts';

/** Rules that hold between parts of a definition, which no single field can break. */
export function crossCheck(bridge: Bridge): Problem[] {
  const problems: Problem[] = [];
  const orgNames = new Set(bridge.orgs.map((each) => each.name));
  if (orgNames.size === 0) problems.push({ path: 'orgs', rule: 'must name at least one org' });
  if (bridge.sources.length + bridge.sinks.length === 0) {
    problems.push({ path: 'sources', rule: 'a bridge needs at least one source or sink' });
  }
  const flows = [
    ...bridge.sources.map((each) => ({ path: `sources.${each.name}`, org: each.org })),
    ...bridge.sinks.map((each) => ({ path: `sinks.${each.name}`, org: each.org })),
  ];
  for (const flow of flows) {
    if (orgNames.size > 0 && !orgNames.has(flow.org)) {
      const known = [...orgNames].join(', ');
      problems.push({ path: `${flow.path}.org`, rule: `must name one of orgs (${known})` });
    }
  }
  problems.push(...bridge.sources.flatMap(checkSource));
  for (const each of bridge.sinks) {
    const topics = each.feeds.map(({ topic }) => topic);
    if (topics.includes(each.deadLetterTopic)) {
      problems.push({ path: `sinks.${each.name}.deadLetterTopic`, rule: 'must differ from the topic it reads' });
    }
    const unsaid = [...topics, `${bridge.name}.${each.name}`].map((name) => `${name}.dead-letter`);
    if (each.deadLetters.kind === 'queue' && !unsaid.includes(each.deadLetterTopic)) {
      problems.push({ path: `sinks.${each.name}.deadLetterTopic`, rule: "is for deadLetters.kind: 'topic'" });
    }
  }
  for (const each of bridge.sinks) {
    const names = each.transform.steps.filter((step) => step.remembers).map((step) => step.name);
    for (const name of new Set(names.filter((other, index) => names.indexOf(other) !== index))) {
      problems.push({
        path: `sinks.${each.name}.transform`,
        rule: `has two steps that remember under the name ${name}`,
      });
    }
  }
  problems.push(...bridge.sinks.flatMap(checkTargets));
  for (const each of bridge.sinks) {
    if (each.transform.steps.filter((step) => 'aggregate' in step).length > 1) {
      problems.push({
        path: `sinks.${each.name}.transform`,
        rule: 'has two aggregates; the second needs a topic of its own',
      });
    }
  }
  const groups = bridge.sinks.flatMap(({ name, feeds }) => feeds.map(({ consumerGroup }) => ({ name, consumerGroup })));
  problems.push(...repeated(groups, (each) => each.consumerGroup, 'consumerGroup', 'sinks'));
  problems.push(
    ...repeated(
      bridge.sources,
      (each) => `${each.org} ${JSON.stringify(each.capture)} ${each.topic}`,
      'capture',
      'sources',
    ),
  );
  return problems;
}

function repeated<Flow extends { readonly name: string }>(
  flows: readonly Flow[],
  identity: (flow: Flow) => string,
  field: string,
  section: string,
): Problem[] {
  const first = new Map<string, string>();
  const problems: Problem[] = [];
  for (const flow of flows) {
    const other = first.get(identity(flow));
    if (other === undefined) first.set(identity(flow), flow.name);
    else problems.push({ path: `${section}.${flow.name}.${field}`, rule: `is already used by ${section}.${other}` });
  }
  return problems;
}
