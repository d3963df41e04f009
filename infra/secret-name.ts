/** The name under which `bridge credentials put` finds an org's secret. Free of the CDK, for the command line. */
export function secretName(bridgeName: string, org: string, environmentName: string): string {
  return `${bridgeName}/${org}/${environmentName}`;
}
