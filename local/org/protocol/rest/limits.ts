import type { AllocationKind } from '../../events/allocations.ts';
import type { RestHandler } from './call.ts';

/** The org's allocations; what this org counts is live, the rest stands at the values of a recorded Developer Edition. */
export const limits: RestHandler = (_call, _parameters, { settings, counters, bayeux, database, directory, jobs }) => {
  const fixed: Readonly<Record<string, number>> = {
    ActiveScratchOrgs: 3,
    AnalyticsExternalDataSizeMB: 40_960,
    ConcurrentEinsteinDataInsightsStoryCreation: 5,
    ConcurrentEinsteinDiscoveryStoryCreation: 2,
    DailyAnalyticsDataflowJobExecutions: 60,
    DailyAnalyticsUploadedFilesSizeMB: 51_200,
    DailyAsyncApexExecutions: 250_000,
    DailyAsyncApexTests: 500,
    DailyEinsteinDataInsightsStoryCreation: 1000,
    DailyFunctionsApiCallLimit: 235_000,
    DailyScratchOrgs: 6,
    DailyWorkflowEmails: 1000,
    HourlyAsyncReportRuns: 1200,
    HourlyDashboardRefreshes: 200,
    HourlyDashboardResults: 5000,
    HourlyDashboardStatuses: 999_999_999,
    HourlyODataCallout: 1000,
    HourlyShortTermIdRotation: 110_010,
    HourlyLongTermIdMapping: 100_000,
    HourlyManagedContentPublicRequests: 50_000,
    HourlySyncReportRuns: 500,
    HourlyTimeBasedWorkflow: 50,
    MassEmail: 10,
    MonthlyEinsteinDiscoveryStoryCreation: 500,
    MonthlyPlatformEventsUsageEntitlement: 0,
    Package2VersionCreates: 6,
    Package2VersionCreatesWithoutValidation: 500,
    PermissionSets: 1500,
    SingleEmail: 15,
    ConcurrentAsyncGetReportInstances: 200,
    ConcurrentSyncReportRuns: 20,
    DailyBulkV2QueryFileStorageMB: 976_562,
    DailyStandardVolumePlatformEvents: 10_000,
    DataStorageMB: 5,
    FileStorageMB: 20,
    HourlyPublishedStandardVolumePlatformEvents: 1000,
  };
  const entry = (max: number, used = 0) => ({ Max: max, Remaining: Math.max(0, max - used) });
  // An app without a limit of its own stands at zero.
  const perApp = Object.fromEntries(
    directory.apps.map(({ name, dailyApiRequests: share }) => [
      name,
      share === undefined ? entry(0) : entry(share, counters.callsToday(name)),
    ]),
  );
  const { allocations } = bayeux;
  const delivered = (kind: AllocationKind) => entry(allocations.max(kind), allocations.used(kind));
  const body = {
    ...Object.fromEntries(Object.entries(fixed).map(([name, max]) => [name, entry(max)])),
    HourlyPublishedPlatformEvents: entry(settings.hourlyPublishedEvents, database.publishedEvents.total),
    DailyBulkApiBatches: entry(settings.dailyBulkBatches, jobs.batchesToday()),
    DailyBulkV2QueryJobs: entry(settings.dailyBulkQueryJobs, jobs.queryJobsToday()),
    DailyApiRequests: { ...entry(settings.dailyApiRequests, counters.callsToday()), ...perApp },
    DailyDeliveredPlatformEvents: delivered('platform'),
    DailyDurableGenericStreamingApiEvents: delivered('generic'),
    DailyDurableStreamingApiEvents: delivered('topic'),
    DailyGenericStreamingApiEvents: delivered('generic'),
    DailyStreamingApiEvents: delivered('topic'),
    DurableStreamingApiConcurrentClients: entry(settings.streamingClients, bayeux.clientCount),
    StreamingApiConcurrentClients: entry(settings.streamingClients, bayeux.clientCount),
  };
  const sorted = Object.fromEntries(Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { status: 200, body: sorted };
};

/** `limits/recordCount`: how many rows there are; objects that are not known are left out. */
export const recordCount: RestHandler = (call, _parameters, { database }) => {
  const wanted = (call.query.get('sObjects') ?? '').split(',').filter((name) => name !== '');
  const known =
    wanted.length === 0 ? database.schema.objects : wanted.flatMap((name) => database.schema.find(name) ?? []);
  const sObjects = known
    .filter((object) => object.kind === 'object')
    .map((object) => {
      let count = 0;
      for (const row of database.table(object).all()) if (row['IsDeleted'] !== true) count += 1;
      return { count, name: object.name };
    });
  return { status: 200, body: { sObjects } };
};
