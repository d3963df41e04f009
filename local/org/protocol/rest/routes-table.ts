import { bulkRoutes } from '../bulk/routes-table.ts';
import { batch } from './batch.ts';
import type { RestRoute } from './call.ts';
import { createMany, deleteMany, updateMany, upsertMany } from './collections.ts';
import { composite } from './composite.ts';
import { basicInfo, describeObject, globalDescribe, resources } from './describe.ts';
import { eventSchemaById, eventSchemaByName, onlineUsers, pushToChannel } from './event-resources.ts';
import { graph } from './graph.ts';
import { limits, recordCount } from './limits.ts';
import { query, queryAll, queryMore } from './query.ts';
import { deletedRecords, updatedRecords } from './replication.ts';
import { retrieveMany } from './retrieve-many.ts';
import {
  createRecord,
  deleteByKey,
  deleteRecord,
  readByKey,
  readRecordById,
  updateRecord,
  upsertByKey,
} from './single-records.ts';
import { tree } from './tree.ts';

/** Every REST resource below `/services/data/vNN.0`. */
export const restRoutes: readonly RestRoute[] = [
  { method: 'GET', pattern: '', kind: 'other', handle: resources },
  { method: 'GET', pattern: 'limits', kind: 'limits', handle: limits },
  { method: 'GET', pattern: 'limits/recordCount', kind: 'limits', handle: recordCount },
  { method: 'GET', pattern: 'query', kind: 'query', handle: query },
  { method: 'GET', pattern: 'query/:locator', kind: 'query', handle: queryMore },
  { method: 'GET', pattern: 'queryAll', kind: 'query', handle: queryAll },
  { method: 'GET', pattern: 'queryAll/:locator', kind: 'query', handle: queryMore },
  { method: 'POST', pattern: 'composite', kind: 'composite', handle: composite },
  { method: 'POST', pattern: 'composite/batch', kind: 'composite', handle: batch },
  { method: 'POST', pattern: 'composite/graph', kind: 'composite', handle: graph },
  { method: 'POST', pattern: 'composite/tree/:object', kind: 'composite', handle: tree },
  { method: 'POST', pattern: 'composite/sobjects', kind: 'collections', handle: createMany },
  { method: 'PATCH', pattern: 'composite/sobjects', kind: 'collections', handle: updateMany },
  { method: 'DELETE', pattern: 'composite/sobjects', kind: 'collections', handle: deleteMany },
  { method: 'GET', pattern: 'composite/sobjects/:object', kind: 'collections', handle: retrieveMany },
  { method: 'POST', pattern: 'composite/sobjects/:object', kind: 'collections', handle: retrieveMany },
  { method: 'PATCH', pattern: 'composite/sobjects/:object/:field', kind: 'collections', handle: upsertMany },
  { method: 'GET', pattern: 'sobjects', kind: 'describe', handle: globalDescribe },
  { method: 'GET', pattern: 'sobjects/:object', kind: 'describe', handle: basicInfo },
  { method: 'POST', pattern: 'sobjects/:object', kind: 'single', handle: createRecord },
  { method: 'GET', pattern: 'sobjects/:object/describe', kind: 'describe', handle: describeObject },
  { method: 'GET', pattern: 'sobjects/:object/deleted', kind: 'single', handle: deletedRecords },
  { method: 'GET', pattern: 'sobjects/:object/updated', kind: 'single', handle: updatedRecords },
  { method: 'GET', pattern: 'event/eventSchema/:schema', kind: 'describe', handle: eventSchemaById },
  { method: 'GET', pattern: 'sobjects/:object/eventSchema', kind: 'describe', handle: eventSchemaByName },
  { method: 'GET', pattern: 'sobjects/StreamingChannel/:id/push', kind: 'other', handle: onlineUsers },
  { method: 'POST', pattern: 'sobjects/StreamingChannel/:id/push', kind: 'other', handle: pushToChannel },
  { method: 'GET', pattern: 'sobjects/:object/:id', kind: 'single', handle: readRecordById },
  { method: 'PATCH', pattern: 'sobjects/:object/:id', kind: 'single', handle: updateRecord },
  { method: 'DELETE', pattern: 'sobjects/:object/:id', kind: 'single', handle: deleteRecord },
  { method: 'GET', pattern: 'sobjects/:object/:field/:value', kind: 'single', handle: readByKey },
  { method: 'PATCH', pattern: 'sobjects/:object/:field/:value', kind: 'single', handle: upsertByKey },
  { method: 'DELETE', pattern: 'sobjects/:object/:field/:value', kind: 'single', handle: deleteByKey },
  ...bulkRoutes,
];
