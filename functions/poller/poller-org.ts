import type { Source } from '../../shared/bridge/bridge.ts';
import type { BayeuxClient } from '../../shared/salesforce/bayeux-client.ts';
import type { PushTopicOrg } from '../../shared/salesforce/push-topic.ts';
import type { QuotaGuard } from '../../shared/salesforce/quota-guard.ts';
import type { OrgClient } from '../../shared/salesforce/rest-client.ts';

/** One org with the sources that read it. */
export interface PollerOrg {
  readonly name: string;
  /** Such as `66.0`. */
  readonly apiVersion: string;
  readonly sources: readonly Source[];
  readonly bayeux: BayeuxClient;
  /** Knows how many API calls are left. @default nobody does */
  readonly quota?: Pick<QuotaGuard, 'usage'>;
  readonly rest: PushTopicOrg & Pick<OrgClient, 'orgId' | 'request' | 'open' | 'describe' | 'describes' | 'query'>;
}
