import {
  type MessageAttributeValue,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { BridgeError } from '../errors/bridge-error.ts';
import type { ClaimStore } from './claim-store.ts';
import { letterFacts, letterIdentity } from './dead-letter.ts';
import type { DeadLetter, DeadLetterStore } from './dead-letter-store.ts';
import { asciiJson, cutText, toEnvelope } from './letter-envelope.ts';

interface SqsDeadLettersParts {
  readonly sink: string;
  readonly queueUrl: string;
  readonly client: Pick<SQSClient, 'send'>;
  /** For letters that are too large. @default they are stored in parts */
  readonly claims?: ClaimStore | undefined;
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html: ten messages in a call and
// ten attributes in a message; 256 KiB were the limit of both before it became 1 MiB, and queues may still be set to it.
const messagesPerCall = 10;
const largestMessage = 240_000;
const tries = 4;

/** A sink's dead letters in an SQS queue, for sinks that run outside the cluster's network. */
export function createSqsDeadLetters({ sink, queueUrl, client, claims }: SqsDeadLettersParts): DeadLetterStore {
  async function toMessages(letter: DeadLetter): Promise<readonly Message[]> {
    const facts = letterFacts(letter.record, sink, letter.reason, letter.attempts);
    const envelope = toEnvelope(letter, sink);
    const attributes = toAttributes(facts);
    const identity = letterIdentity(facts);
    if (envelope.length + bytesOf(attributes) <= largestMessage) return [{ body: envelope, attributes }];
    if (claims !== undefined) {
      const claim = await claims.put(sink, letter.record, envelope);
      return [{ body: asciiJson({ version: 1, identity, claim }), attributes }];
    }
    const texts = cutText(envelope, largestMessage - 20_000);
    return texts.map((text, index) => ({
      body: asciiJson({ version: 1, identity, part: `${index + 1}/${texts.length}`, text }),
      attributes,
    }));
  }

  async function send(messages: readonly Message[]): Promise<void> {
    let pending = messages.map(
      ({ body, attributes }, index): SendMessageBatchRequestEntry => ({
        Id: String(index),
        MessageBody: body,
        MessageAttributes: attributes,
      }),
    );
    for (let attempt = 1; pending.length > 0; attempt += 1) {
      const { Failed: failed = [] } = await client.send(
        new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: pending }),
      );
      const again = new Set(failed.map(({ Id }) => Id));
      pending = pending.filter(({ Id }) => again.has(Id));
      if (pending.length > 0 && (attempt === tries || failed.some(({ SenderFault }) => SenderFault === true))) {
        throw new Error(`The queue refused ${pending.length} messages: ${failed[0]?.Code}`);
      }
    }
  }

  return {
    async store(letters) {
      try {
        const messages: Message[] = [];
        for (const letter of letters) messages.push(...(await toMessages(letter)));
        for (const call of cutCalls(messages)) await send(call);
      } catch (cause) {
        throw new BridgeError('SKB_DEAD_LETTER_FAILED', `${letters.length} dead letters could not be stored`, {
          cause,
          context: { sink, queueUrl },
        });
      }
    },
  };
}

interface Message {
  readonly body: string;
  readonly attributes: Record<string, MessageAttributeValue>;
}

/** An attribute cannot be empty, and its text is for looking at; the body holds the whole. */
function toAttributes(facts: Readonly<Record<string, string>>): Record<string, MessageAttributeValue> {
  const filled = Object.entries(facts).filter(([, text]) => text !== '');
  return Object.fromEntries(
    filled.map(([name, text]) => [
      name,
      { DataType: 'String', StringValue: text.slice(0, 500).replace(/[^ -~]/g, '?') },
    ]),
  );
}

function bytesOf(attributes: Record<string, MessageAttributeValue>): number {
  return Object.entries(attributes).reduce(
    (sum, [name, { StringValue = '' }]) => sum + name.length + StringValue.length + 6,
    0,
  );
}

/** All messages of a call together may have no more than one alone. */
function cutCalls(messages: readonly Message[]): readonly (readonly Message[])[] {
  const calls: Message[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const bytes = message.body.length + bytesOf(message.attributes);
    if (size + bytes > largestMessage || calls.at(-1)?.length === messagesPerCall) {
      calls.push([]);
      size = 0;
    }
    calls.at(-1)?.push(message);
    size += bytes;
  }
  return calls;
}
