// A topic of a source may hold placeholders. They are replaced by plain text, without an expression language, and only by
// what is known from the definition, so that grants and mappings can name every topic.

/** What a placeholder stands for, of one record. */
export interface TopicFacts {
  readonly _ObjectType: string;
  readonly _EventType: string;
}

const names = ['_ObjectType', '_EventType'] as const satisfies readonly (keyof TopicFacts)[];

export const placeholders: readonly string[] = names.map((name) => `\${${name}}`);

export function isTemplate(topic: string): boolean {
  return topic.includes('${');
}

/** Placeholders of a template that the bridge does not know. */
export function unknownPlaceholders(template: string): string[] {
  const found = template.match(/\$\{[^}]*\}?/g) ?? [];
  return [...new Set(found.filter((each) => !placeholders.includes(each)))];
}

/** The template with something in place of each placeholder, to check the rest. */
export function withoutPlaceholders(template: string): string {
  return fillTopic(template, { _ObjectType: 'X', _EventType: 'X' });
}

export function fillTopic(template: string, facts: TopicFacts): string {
  if (!isTemplate(template)) return template;
  return names.reduce((filled, name) => filled.replaceAll(`\${${name}}`, facts[name]), template);
}
