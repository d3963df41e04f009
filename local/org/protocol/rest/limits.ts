import type { AllocationKind } from '../../events/allocations.ts';
import type { RestHandler } from './call.ts';

/** The org's allocations; what this org counts is live, the rest stands at the values of a recorded Developer Edition. */
export const limits: RestHandler = (_call, _parameters, { settings, counters, bayeux }) => {
  const fixed: Readonly<Record<string, number>> = {
    ConcurrentAsyncGetReportInstances: 200,
    ConcurrentSyncReportRuns: 20,
    DailyBulkApiBatches: 15_000,
    DailyBulkV2QueryFileStorageMB: 976_562,
    DailyBulkV2QueryJobs: 10_000,
    DailyStandardVolumePlatformEvents: 10_000,
    DataStorageMB: 5,
    FileStorageMB: 20,
    HourlyPublishedPlatformEvents: 50_000,
    HourlyPublishedStandardVolumePlatformEvents: 1000,
  };
  const entry = (max: number, used = 0) => ({ Max: max, Remaining: Math.max(0, max - used) });
  const { allocations } = bayeux;
  const delivered = (kind: AllocationKind) => entry(allocations.max(kind), allocations.used(kind));
  const body = {
    ...Object.fromEntries(Object.entries(fixed).map(([name, max]) => [name, entry(max)])),
    DailyApiRequests: entry(settings.dailyApiRequests, counters.callsToday()),
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
