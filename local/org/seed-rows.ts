import type { OrgUser } from './protocol/oauth/directory.ts';
import { type Seed, SeedError } from './seed.ts';
import type { Database } from './store/database.ts';
import type { FieldValue, Row } from './store/definitions.ts';
import { withDerivedValues } from './store/derived-values.ts';
import { Transaction } from './store/transaction.ts';
import type { RecordInput, WriteContext } from './store/write-context.ts';

/** Creates the rows of users and returns them with their IDs. */
export function seedUsers(database: Database, seed: Seed): readonly OrgUser[] {
  const object = database.schema.find('User');
  if (object === undefined) throw new Error('The schema has no User');
  const profileId = seedProfile(database);
  return seed.users.map((user, index) => {
    const id = database.newId(object.keyPrefix);
    const stamp = new Date(Math.floor(database.clock.now() / 1000) * 1000).toISOString();
    const lastName = user.username.split('@')[0] ?? user.username;
    const row: Row = {
      Id: id,
      Username: user.username,
      LastName: lastName,
      Name: lastName,
      Email: user.username,
      Alias: `user${index + 1}`,
      IsActive: user.active !== false,
      TimeZoneSidKey: 'GMT',
      LocaleSidKey: 'en_US',
      EmailEncodingKey: 'UTF-8',
      LanguageLocaleKey: 'en_US',
      UserType: 'Standard',
      ProfileId: profileId,
      CreatedDate: stamp,
      CreatedById: id,
      LastModifiedDate: stamp,
      LastModifiedById: id,
      SystemModstamp: stamp,
      ...user.fields,
    };
    database.table(object).put(withDerivedValues(object, row, database.clock.now()));
    return { ...user, id };
  });
}

/** The one profile that all users have. */
function seedProfile(database: Database): string {
  const object = database.schema.find('Profile');
  if (object === undefined) throw new Error('The schema has no Profile');
  const id = database.newId(object.keyPrefix);
  database.table(object).put({ Id: id, Name: 'System Administrator', UserType: 'Standard', IsDeleted: false });
  return id;
}

/** Creates the rows of the record types that the schema has. */
export function seedRecordTypes(database: Database): void {
  const object = database.schema.find('RecordType');
  if (object === undefined) return;
  for (const { id, object: type, developerName, name, active } of database.schema.objects.flatMap(
    ({ recordTypes }) => recordTypes,
  )) {
    database
      .table(object)
      .put({ Id: id, Name: name, DeveloperName: developerName, SobjectType: type, IsActive: active, IsDeleted: false });
  }
}

/** Creates the organization's own row and returns its ID. */
export function seedOrganization(database: Database): string {
  const object = database.schema.find('Organization');
  if (object === undefined) throw new Error('The schema has no Organization');
  const id = database.newId(object.keyPrefix);
  database.table(object).put({
    Id: id,
    Name: 'Local Org',
    IsSandbox: false,
    IsReadOnly: false,
    InstanceName: 'LOC1',
    OrganizationType: 'Developer Edition',
    TimeZoneSidKey: 'GMT',
    DefaultLocaleSidKey: 'en_US',
    LanguageLocaleKey: 'en_US',
    FiscalYearStartMonth: 1,
  });
  return id;
}

/**
 * Creates the seed's rows. Objects may stand in any order: rows whose parents are missing are tried again while others succeed.
 * Throws SeedError naming every row that is left.
 */
export function seedRows(database: Database, seed: Seed, userId: string): void {
  const context: WriteContext = { userId, appName: '', origin: '', unknownField: 'row' };
  let waiting = Object.entries(seed.rows).flatMap(([object, rows]) =>
    rows.map((row, index) => ({ object, row, index })),
  );
  let problems: string[] = [];
  let before: number;
  do {
    before = waiting.length;
    problems = [];
    waiting = waiting.filter(({ object, row, index }) => {
      const problem = createRow(database, context, object, row);
      if (problem !== undefined) problems.push(`rows.${object}.${index}: ${problem}`);
      return problem !== undefined;
    });
  } while (waiting.length > 0 && waiting.length < before);
  if (problems.length > 0) throw new SeedError(problems);
}

function createRow(database: Database, context: WriteContext, name: string, row: RecordInput): string | undefined {
  const object = database.schema.find(name);
  if (object === undefined) return `there is no object ${name}`;
  // Nobody can make a price book the standard one; it is there from the start.
  const { IsStandard: isStandard, ...record } = row;
  const transaction = new Transaction(database, context);
  try {
    const outcome = transaction.insert(object, object.name === 'Pricebook2' ? record : row);
    if (!outcome.ok) return outcome.errors.map(({ statusCode, message }) => `${statusCode} ${message}`).join('; ');
    transaction.commit();
    const stored = object.name === 'Pricebook2' && isStandard === true ? database.row(object, outcome.id) : undefined;
    if (stored !== undefined)
      database.table(object).put({ ...stored, IsStandard: true } satisfies Record<string, FieldValue> as Row);
    return undefined;
  } catch (error) {
    transaction.rollback();
    return error instanceof Error ? error.message : String(error);
  }
}
