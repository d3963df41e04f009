import type { OrgServices } from '../../services.ts';
import { prepareQuery } from '../../store/soql/run-query.ts';
import type { RestAnswer } from './rest-call.ts';

/** `?explain=`: how the query would be run (REST guide, `dome_query_explain.htm`). Two plans where an index leads to the rows. */
export function explain(text: string, { database }: OrgServices): RestAnswer {
  const { object, indexedField, run } = prepareQuery(database, text, { includeDeleted: false });
  const result = run();
  const cardinality = result.kind === 'rows' ? result.rows.length : result.kind === 'count' ? result.count : 1;
  let sobjectCardinality = 0;
  for (const row of database.table(object).all()) if (row['IsDeleted'] !== true) sobjectCardinality += 1;
  const common = { cardinality, sobjectCardinality, sobjectType: object.name };
  const isDeleted = { description: 'Not considering filter for optimization because unindexed', fields: ['IsDeleted'] };
  const note = { ...isDeleted, tableEnumOrId: object.name };
  const scan = { ...common, fields: [], leadingOperationType: 'TableScan', notes: [note], relativeCost: 1.5 };
  const byIndex = { leadingOperationType: 'Index', notes: [], relativeCost: 0.1 };
  const plans = indexedField === undefined ? [scan] : [{ ...common, fields: [indexedField], ...byIndex }, scan];
  return { status: 200, body: { plans, sourceQuery: text } };
}
