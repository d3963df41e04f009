import type { Clock } from './clock.ts';
import type { BayeuxService } from './events/bayeux-service.ts';
import type { EventPublisher } from './events/publisher.ts';
import type { Counters } from './faults/counters.ts';
import type { FaultPlan } from './faults/fault-plan.ts';
import type { Journal } from './faults/journal.ts';
import type { BulkJobs } from './jobs/bulk-jobs.ts';
import type { LatencyModel } from './latency.ts';
import type { Directory } from './protocol/oauth/directory.ts';
import type { RefreshTokens } from './protocol/oauth/refresh-tokens.ts';
import type { Sessions } from './protocol/oauth/sessions.ts';
import type { SigningKey } from './protocol/oauth/signing-key.ts';
import type { QueryLocators } from './protocol/rest/query-locators.ts';
import type { RestAnswer, RestCall } from './protocol/rest/rest-call.ts';
import type { OrgSettings } from './settings.ts';
import type { Database } from './store/database.ts';

/** What the faces of one org share. Built once in org.ts; everything takes from here what it uses. */
export interface OrgServices {
  readonly settings: OrgSettings;
  readonly clock: Clock;
  /** 18-character organization ID. */
  readonly orgId: string;
  readonly directory: Directory;
  readonly sessions: Sessions;
  readonly refreshTokens: RefreshTokens;
  readonly signingKey: SigningKey;
  readonly database: Database;
  readonly locators: QueryLocators;
  readonly jobs: BulkJobs;
  readonly publisher: EventPublisher;
  readonly bayeux: BayeuxService;
  readonly counters: Counters;
  readonly journal: Journal;
  readonly faults: FaultPlan;
  readonly latency: LatencyModel;
  /** Serves one REST call; composite resources use it for their sub-requests. */
  dispatch(call: RestCall): RestAnswer;
  /** Base URL without a trailing slash; known once the server listens. */
  instanceUrl(): string;
}
