import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { BridgeError } from '../../shared/errors/bridge-error.ts';
import type { DispositionCounts } from '../../shared/state/partition-progress.ts';
import type { SeedInput } from '../org/seed.ts';
import type { OrgHands } from './org-hands.ts';
import type { OrgListener } from './org-listener.ts';
import type { ReadRecord } from './topic-reader.ts';

/** A record of a recipe's load, in its topic's order. */
export interface LoadRecord {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** People and other systems in an org. */
export interface RecipeOrg extends OrgHands {
  /** Subscribes a channel from now on. */
  listen(channel: string): Promise<OrgListener>;
}

/** By the org's name in the definition. */
export type RecipeOrgs = Readonly<Record<string, RecipeOrg>>;

/** What can be seen from outside once a load went through. */
export interface Seen {
  readonly orgs: RecipeOrgs;
  /** In every mark of this run. */
  readonly run: string;
  /** How the records of each sink ended. */
  readonly dispositions: Readonly<Record<string, DispositionCounts>>;
  /** Dead letters of all sinks. */
  readonly letters: readonly ReadRecord[];
  /** Records that sources published, by topic. */
  readonly published: Readonly<Record<string, readonly ReadRecord[]>>;
  /** What the recipe's subscriber in each org heard, by org. */
  readonly heard: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

/** What a check found; one text for each finding. */
export interface Findings {
  readonly lost: readonly string[];
  /** Rows and records that ended otherwise than they should. */
  readonly wrong: readonly string[];
}

/** The load that a recipe brings along, in `sample.ts` beside its definition, and an independent judge of its outcome. */
export interface Recipe {
  /** Fields, rows and settings that a stand-in org has besides its own. */
  readonly seed?: Omit<SeedInput, 'apps' | 'users'>;
  /** A channel that somebody in an org subscribes to during the load, by org. */
  readonly listens?: Readonly<Record<string, string>>;
  /** Brings the orgs to where the load starts. */
  prepare?(orgs: RecipeOrgs): Promise<void>;
  /** What other systems send to Kafka. */
  records?(run: string): readonly LoadRecord[];
  /** What people do in the orgs meanwhile. */
  change?(orgs: RecipeOrgs, run: string): Promise<void>;
  /** Shares no code with the definition. Asked again until it finds nothing, or nothing moves any more. */
  check(seen: Seen): Promise<Findings> | Findings;
}

/** The recipe beside a definition; undefined when there is none. */
export async function loadRecipe(definitionFile: string): Promise<Recipe | undefined> {
  const file = path.join(path.dirname(definitionFile), 'sample.ts');
  if (!existsSync(file)) return undefined;
  const module = (await import(pathToFileURL(file).href)) as { default?: Recipe };
  if (typeof module.default?.check === 'function') return module.default;
  throw new BridgeError('SKB_CONFIG_INVALID', `${file} must export a recipe as its default, with a check`);
}

/** Metadata of a recipe's org in Salesforce's source format, when it has any. */
export function metadataFolderOf(definitionFile: string): string | undefined {
  const folder = path.join(path.dirname(definitionFile), 'metadata');
  return existsSync(folder) ? folder : undefined;
}
