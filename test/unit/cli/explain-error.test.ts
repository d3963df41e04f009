import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';
import { expect, it } from 'vitest';
import { explainError } from '../../../cli/explain-error.ts';
import { BridgeError } from '../../../shared/errors/bridge-error.ts';

const noLogin = Object.assign(new Error('Could not load credentials from any providers'), {
  name: 'CredentialsProviderError',
});
const denied = new DynamoDBServiceException({
  name: 'AccessDeniedException',
  $fault: 'client',
  message: 'secret',
  $metadata: {},
});
const unreachable = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { $metadata: { attempts: 3 } });

it.each<[string, unknown, string | undefined]>([
  ['a refusal of AWS by its name, since its sentence may quote the call', denied, 'AWS: AccessDeniedException'],
  ['credentials that are not there', noLogin, 'AWS: Could not load credentials from any providers'],
  ['a region that is not said', new Error('Region is missing'), 'AWS: Region is missing'],
  ['a service that nobody reaches', unreachable, 'AWS: connect ECONNREFUSED 127.0.0.1:9'],
  [
    'an error of ours with what AWS said',
    new BridgeError('SKB_CHECKPOINT_FAILED', 'The state table did not take it', { cause: denied }),
    'SKB_CHECKPOINT_FAILED: The state table did not take it: AccessDeniedException',
  ],
  [
    'and that once only',
    new BridgeError('SKB_AUTH_REJECTED', 'Not filled: AccessDeniedException', { cause: denied }),
    'SKB_AUTH_REJECTED: Not filled: AccessDeniedException',
  ],
  ['a bug by its stack', new TypeError('x is not a function'), undefined],
])('explains %s', (_, error, text) => {
  expect(explainError(error)).toBe(text);
});
