import { z } from 'zod';
import { latencyProfileNames, latencyProfileSchema } from './latency.ts';
import type { OrgSettings } from './settings.ts';

const positive = z.number().positive().optional();
const count = z.int().positive().optional();
const names = z.array(z.string()).optional();

/** Differences from `defaultSettings`, which says what each means; `startOrg` takes the same as an option that wins. */
export const settingsSchema = z.strictObject({
  newestApiVersion: z.int().min(37).optional(),
  sessionTimeoutMs: positive,
  jwtAudiences: z.array(z.string()).optional(),
  jwtAudienceText: z.string().optional(),
  jwtExpiredText: z.string().optional(),
  soapLogin: z.enum(['enabled', 'disabled']).optional(),
  dailyApiRequests: z.int().positive().optional(),
  hourlyLogins: count,
  hourlyPublishedEvents: count,
  pushTopics: count,
  streamingClients: z.int().positive().optional(),
  publishDelayMs: z.number().nonnegative().optional(),
  mergeChangeEvents: z.boolean().optional(),
  changeEventForUnchangedUpdate: z.boolean().optional(),
  connectHoldMs: positive,
  reconnectTimeoutMs: positive,
  stickyCookieMs: positive,
  topicRetentionMs: positive,
  changeEventRetentionMs: positive,
  longTextDiffs: z.boolean().optional(),
  changeEventBytes: count,
  overflowAfterChanges: count,
  tokenCheckMs: positive,
  sharedBrowserIntervalMs: positive,
  eventsPerAnswer: count,
  charactersPerAnswer: count,
  dailyTopicEvents: count,
  dailyGenericEvents: count,
  dailyPlatformEvents: count,
  subscribersPerChannel: count,
  dynamicStreamingChannels: z.boolean().optional(),
  streamingChannels: count,
  restrictedUsers: z
    .record(z.string(), z.strictObject({ noStreaming: z.boolean().optional(), noViewAll: names, noRead: names }))
    .optional(),
  changeEventRefusal: z.enum(['View All Data', 'required']).optional(),
  latency: z.union([z.enum(latencyProfileNames), latencyProfileSchema]).optional(),
  pushTopicDelete: z.enum(['id', 'all']).optional(),
  compoundFieldsInPushTopics: z.enum(['refuse', 'deliver']).optional(),
  unknownFieldInCollections: z.enum(['request', 'row']).optional(),
  refusedHandshake: z.enum(['failureReason', 'plain']).optional(),
  bulkDelayMs: z.number().nonnegative().optional(),
  bulkBatchRows: count,
  bulkShuffleResults: z.boolean().optional(),
  dailyBulkBatches: count,
  dailyBulkRows: count,
  dailyBulkQueryJobs: count,
  bulkQueryPageRows: count,
  randomSeed: z.int().optional(),
} satisfies Record<keyof OrgSettings, z.ZodType>);
