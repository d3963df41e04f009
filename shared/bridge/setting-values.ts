import * as z from 'zod/mini';

// What settings of several kinds are made of. Rules are written as sentences that finish "<path>: …", so that a problem
// reads without knowing the schema.

// The broker's own rule: https://kafka.apache.org/documentation/#topicconfigs (Topic.LEGAL_CHARS, MAX_NAME_LENGTH)
export const legalTopic = /^(?!\.{1,2}$)[a-zA-Z0-9._-]{1,249}$/;

export const topicName = z.string('must be the name of a Kafka topic').check(
  z.regex(legalTopic, {
    error: (issue) =>
      String(issue.input).includes('${')
        ? 'must be a literal topic name; templates such as ${_ObjectType} are for the topic of a source'
        : String(issue.input).includes('*')
          ? 'must be a literal topic name; patterns stand in topics'
          : 'must be 1 to 249 letters, digits, dots, underscores or hyphens',
  }),
);

export const apiName = (what: string) =>
  z
    .string(`must be the API name of ${what}`)
    .check(z.regex(/^[A-Za-z][A-Za-z0-9_]{0,79}$/, `must be the API name of ${what}, such as Product2 or Price__c`));

export const objectNames = z
  .array(apiName('an object'), 'must be a list of API names')
  .check(z.minLength(1, 'must not be empty'));
export const yesOrNo = (byDefault: boolean) => z._default(z.boolean('must be true or false'), byDefault);

export const wholeNumber = (from: number, to: number) =>
  z.int('must be a whole number').check(z.gte(from, `must be at least ${from}`), z.lte(to, `must be at most ${to}`));
