import * as z from 'zod';

// What settings of an environment are made of: names that AWS gives to things. A name that has the wrong form is found out
// here, and not by a deploy that fails half-way.

export const whole = (least: number, most: number) =>
  z.int('must be a whole number').min(least, `must be ${least} to ${most}`).max(most, `must be ${least} to ${most}`);

const text = (form: RegExp, rule: string) => z.string(rule).regex(form, rule);

export const id = (prefix: string, what: string) =>
  text(new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`), `must be the ID of ${what} (${prefix}-…)`);

const arn = (service: string, rest: string, rule: string) =>
  text(new RegExp(`^arn:aws[a-z-]*:${service}:${rest}$`), rule);

const place = '[a-z0-9-]+:\\d{12}';

// Rights are compared with the whole ARN, which ends in six characters of AWS's own:
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html
export const secretArn = arn(
  'secretsmanager',
  `${place}:secret:[\\w/+=.@-]+-[A-Za-z0-9]{6}`,
  'must be the ARN of a secret, with the six characters at its end',
);
export const keyArn = arn('kms', `${place}:key/[0-9a-z-]{36}`, 'must be the ARN of a KMS key');
export const topicArn = arn('sns', `${place}:[\\w-]{1,256}(\\.fifo)?`, 'must be the ARN of an SNS topic');
export const policyArn = arn('iam', ':(\\d{12}|aws):policy/\\S+', 'must be the ARN of a managed policy');

export const region = text(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as eu-central-1');
export const zone = text(/^[a-z]{2}(-[a-z0-9]+)+-\d[a-z]$/, 'must be a zone such as eu-central-1a');

/** A name or an address, as a Dockerfile or a mail shows it. */
export const word = text(/^\S+$/, 'must be one word, without spaces');

export const brokers = z
  .string('must be host:port pairs separated by commas')
  .refine(
    (list) => /^[^\s:,]+:\d+(\s*,\s*[^\s:,]+:\d+)*$/.test(list) && portsIn(list).every(isPort),
    'must be host:port pairs separated by commas, with ports from 1 to 65535',
  );

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535;
}

/** The ports of a list of brokers, each once. */
export function portsIn(list: string): number[] {
  return [...new Set(list.split(',').map((broker) => Number(broker.slice(broker.lastIndexOf(':') + 1))))];
}

// https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html
export const tags = z.record(
  text(
    /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$/u,
    'must be 1 to 128 characters that tags may have, not from aws: on',
  ),
  text(/^[\p{L}\p{Z}\p{N}_.:/=+@-]{0,256}$/u, 'must be at most 256 characters that tags may have'),
);
