// Names of what is deployed. Free of the CDK, for the command line. Table, secrets and functions are found by them, and a
// new name is a new thing: what holds data would begin empty.

/** The stack, and the first part of most names. */
export function deploymentName(bridgeName: string, environmentName: string): string {
  return `${bridgeName}-${environmentName}`;
}

export function stateTableName(deployment: string): string {
  return `${deployment}-state`;
}

export function functionName(deployment: string, sink: string): string {
  return `${deployment}-${sink}`;
}

/** The name under which `bridge credentials put` finds an org's secret. */
export function secretName(bridgeName: string, org: string, environmentName: string): string {
  return `${bridgeName}/${org}/${environmentName}`;
}

/** Names of buckets are the whole world's, so account and region are part of it. */
export function claimBucketName(deployment: string, account: string, region: string): string {
  return `${deployment}-claims-${account}-${region}`;
}

/** What alarms are about that are not about a sink. */
export const otherSubjects = ['poller', 'state'] as const;

/** What alarms of one topic of a sink are about; they name it where there are several. */
export function feedSubject(sink: string, topic: string, topics: number): string {
  return topics === 1 ? sink : `${sink}-${topic}`;
}
