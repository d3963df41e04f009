import type { OrgServices } from '../../services.ts';
import type { ObjectDefinition } from '../../store/definitions.ts';
import { ApiError, type RowError, rowError } from '../../store/errors.ts';
import { findChildren } from '../../store/soql/child-relationships.ts';
import type { Transaction } from '../../store/transaction.ts';
import type { RecordInput } from '../../store/write-context.ts';
import { bodyObject, objectOf, type RestHandler, write } from './call.ts';
import type { RestAnswer } from './rest-call.ts';

const maxRecords = 200;
const maxDepth = 5;
const maxTypes = 5;

interface Node {
  readonly object: ObjectDefinition;
  readonly referenceId: string;
  readonly record: RecordInput;
  /** Field of the node that points to its parent. */
  readonly parentField: string | undefined;
  readonly children: readonly Node[];
}

interface Failure {
  readonly referenceId: string;
  readonly errors: readonly RowError[];
}

/** `POST /composite/tree/X`: records with their children, all or none (REST guide, `resources_composite_sobject_tree.htm`). */
export const tree: RestHandler = (call, parameters, services) => {
  const object = objectOf(parameters, services);
  try {
    const nodes = readNodes(bodyObject(call)['records'], object, undefined, 1, services);
    checkTree(flat(nodes));
    return write(call, services, (transaction) => insertAll(nodes, transaction), 'row');
  } catch (error) {
    if (!(error instanceof TreeRefused)) throw error;
    return { status: 400, body: { hasErrors: true, results: error.failures } };
  }
};

/** Throws, so that everything is taken back, when one record is refused. */
function insertAll(nodes: readonly Node[], transaction: Transaction): RestAnswer {
  const results: { referenceId: string; id: string }[] = [];
  const failures: Failure[] = [];
  const insert = (node: Node, parentId: string | undefined): void => {
    const link = node.parentField === undefined || parentId === undefined ? {} : { [node.parentField]: parentId };
    const outcome = transaction.insert(node.object, { ...node.record, ...link });
    if (!outcome.ok) {
      failures.push({ referenceId: node.referenceId, errors: outcome.errors });
      return;
    }
    results.push({ referenceId: node.referenceId, id: outcome.id });
    for (const child of node.children) insert(child, outcome.id);
  };
  for (const node of nodes) insert(node, undefined);
  if (failures.length > 0) throw new TreeRefused(failures);
  return { status: 201, body: { hasErrors: false, results } };
}

function readNodes(
  value: unknown,
  object: ObjectDefinition,
  parentField: string | undefined,
  depth: number,
  services: OrgServices,
): readonly Node[] {
  if (!Array.isArray(value)) throw new ApiError(400, 'INVALID_INPUT', 'The request body must have an array of records');
  if (depth > maxDepth) throw refusal('', `A tree can be up to ${maxDepth} levels deep.`, 'LIMIT_EXCEEDED');
  return value.map((item: unknown) => {
    if (typeof item !== 'object' || item === null)
      throw new ApiError(400, 'JSON_PARSER_ERROR', 'A record is an object');
    const given = item as Readonly<Record<string, unknown>>;
    const { type, referenceId } = (given['attributes'] ?? {}) as { type?: unknown; referenceId?: unknown };
    const id = typeof referenceId === 'string' ? referenceId : '';
    if (id === '') throw refusal('', 'Include a reference ID for each record in the request.');
    if (String(type).toLowerCase() !== object.name.toLowerCase()) {
      throw refusal(id, `Include an entity type: expected ${object.name} in attributes.type.`);
    }
    const record: Record<string, unknown> = {};
    const children: Node[] = [];
    for (const [name, field] of Object.entries(given)) {
      const records = (field as { readonly records?: unknown } | null)?.records;
      const relation = records === undefined ? undefined : findChildren(services.database.schema, object, name);
      if (relation === undefined) record[name] = field;
      else children.push(...readNodes(records, relation.child, relation.field.name, depth + 1, services));
    }
    return { object, referenceId: id, record, parentField, children };
  });
}

function flat(nodes: readonly Node[]): readonly Node[] {
  return nodes.flatMap((node) => [node, ...flat(node.children)]);
}

function checkTree(nodes: readonly Node[]): void {
  if (nodes.length > maxRecords) throw refusal('', `A tree can have up to ${maxRecords} records.`, 'LIMIT_EXCEEDED');
  if (new Set(nodes.map((node) => node.object.name)).size > maxTypes) {
    throw refusal('', `A tree can have up to ${maxTypes} different types.`, 'LIMIT_EXCEEDED');
  }
  const seen = new Set<string>();
  for (const { referenceId } of nodes) {
    if (seen.has(referenceId)) throw refusal(referenceId, `Duplicate ReferenceId provided in the request.`);
    seen.add(referenceId);
  }
}

/** A tree that cannot be read; it is refused in the shape of its results. */
class TreeRefused extends Error {
  override readonly name = 'TreeRefused';
  readonly failures: readonly Failure[];

  constructor(failures: readonly Failure[]) {
    super(failures[0]?.errors[0]?.message ?? '');
    this.failures = failures;
  }
}

function refusal(referenceId: string, message: string, code = 'INVALID_INPUT'): TreeRefused {
  return new TreeRefused([{ referenceId, errors: [rowError(code, message)] }]);
}
