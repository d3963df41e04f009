/** When and where these prices held. Taxes, support and free tiers are left out. */
export const pricesAsOf = 'November 2026, us-east-1, US dollars';

export const hoursPerMonth = 730;
export const daysPerMonth = 30.4;

/** https://aws.amazon.com/pricing; other regions differ by up to a third. */
export const prices = {
  /** About 10 pollers or 20 MB/s: https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html */
  eventPollerUnitHour: 0.185,
  fargateArmVcpuHour: 0.03238,
  fargateArmGbHour: 0.00356,
  natGatewayHour: 0.045,
  publicAddressHour: 0.005,
  mskT3SmallHour: 0.0456,
  mskStorageGbMonth: 0.1,
  mskExpressGbWritten: 0.01,
  lambdaArmGbSecond: 0.0000133334,
  lambdaMillionRequests: 0.2,
  tableMillionWrites: 0.625,
  tableMillionReads: 0.125,
  logsGb: 0.5,
  secretMonth: 0.4,
  metricMonth: 0.3,
  alarmMonth: 0.1,
  dashboardMonth: 3,
} as const;
