import { describe } from 'vitest';
import { aggregates, heldKeys, stepMemory, tablesOfUsers } from './memory-state.ts';
import { secretsOfTasks } from './secret-state.ts';
import { progressAndJobsOfSinks } from './sink-state.ts';
import { channels, latelyWritten, objects, rereads } from './source-state.ts';
import { useStateGround } from './state-ground.ts';

// Every store against a real table; one local AWS serves them all.
const ground = useStateGround();

describe('progress and bulk jobs of sinks', () => progressAndJobsOfSinks(ground));
describe('what a step remembers', () => stepMemory(ground));
describe('aggregates', () => aggregates(ground));
describe('held rows', () => heldKeys(ground));
describe('tables that a transform looks things up in', () => tablesOfUsers(ground));
describe('channels', () => channels(ground));
describe('re-reads', () => rereads(ground));
describe('fields of objects', () => objects(ground));
describe('what was written lately', () => latelyWritten(ground));
describe('secrets', () => secretsOfTasks(ground));
