import { beforeAll, describe, expect, it } from 'vitest';
import type { Row } from '../../../../../../local/org/store/definitions.ts';
import { ApiError } from '../../../../../../local/org/store/errors.ts';
import { compileFilter } from '../../../../../../local/org/store/soql/filter.ts';
import { parseSoql } from '../../../../../../local/org/store/soql/parse.ts';
import { runQuery } from '../../../../../../local/org/store/soql/run-query.ts';
import { createTestDatabase } from '../../support.ts';

const { database, insert, commit, object } = createTestDatabase();
let alpha = '';

beforeAll(() => {
  alpha = insert('Account', {
    Name: 'Alpha',
    External_Id__c: 'A-1',
    AnnualRevenue: 10,
    Industry: 'Energy',
    Type: 'Other',
  });
  const beta = insert('Account', { Name: 'Beta_100%', External_Id__c: 'A-2', AnnualRevenue: 20, ParentId: alpha });
  insert('Account', { Name: 'gamma', External_Id__c: 'A-3', Industry: 'Retail', NumberOfEmployees: 7, ParentId: beta });
  insert('Account', { Name: 'delta', External_Id__c: 'A-4', Industry: 'energy', AnnualRevenue: 30.5 });
  insert('Contact', { LastName: 'Byron', FirstName: 'Ada', AccountId: alpha, Email: 'ada@example.org' });
  insert('Contact', { LastName: "O'Neil", AccountId: beta, Birthdate: '1980-05-05' });
  insert('Contact', { LastName: 'Zed', HasOptedOutOfEmail: true });
  insert('Contact', { LastName: 'Young', AccountId: alpha, Birthdate: '1980-12-31' });
  const gone = insert('Contact', { LastName: 'Gone', AccountId: alpha });
  commit((transaction) => transaction.remove(object('Contact'), gone));
});

/** The first selected field of every row. */
function run(text: string, includeDeleted = false): readonly unknown[] {
  const result = runQuery(database, text, { includeDeleted });
  if (result.kind === 'count') return [result.count];
  if (result.kind === 'groups') return result.records;
  const [column] = result.selection.columns;
  if (column?.kind === 'field') return result.rows.map((row) => column.path.read(row));
  if (column?.kind === 'function') return result.rows.map((row) => column.source.read(row));
  if (column?.kind === 'children') {
    return result.rows.map((row: Row) => column.children.rowsOf(row).map((child) => child['LastName']));
  }
  return result.rows;
}

describe('rows', () => {
  it.each<[string, readonly unknown[]]>([
    ["select name from ACCOUNT where NAME = 'ALPHA'", ['Alpha']],
    ["SELECT Name FROM Account WHERE Name <> 'alpha' ORDER BY Name", ['Beta_100%', 'delta', 'gamma']],
    ["SELECT Name FROM Account WHERE Industry != 'Energy'", ['Beta_100%', 'gamma']],
    ['SELECT Name FROM Account WHERE Industry = null', ['Beta_100%']],
    ['SELECT Name FROM Account WHERE Industry != null ORDER BY Name DESC', ['gamma', 'delta', 'Alpha']],
    ["SELECT Name FROM Account WHERE Name LIKE '%\\_100\\%'", ['Beta_100%']],
    ["SELECT Name FROM Account WHERE Name LIKE '_lpha'", ['Alpha']],
    ["SELECT Name FROM Account WHERE (NOT Name LIKE '%a') ", ['Beta_100%']],
    ["SELECT Name FROM Account WHERE NOT (Name = 'Alpha' OR Name = 'gamma')", ['Beta_100%', 'delta']],
    ["SELECT Name FROM Account WHERE External_Id__c IN ('a-3', 'A-1', null)", ['Alpha', 'gamma']],
    ['SELECT Name FROM Account WHERE AnnualRevenue IN (10, 30.5)', ['Alpha', 'delta']],
    ['SELECT Name FROM Account WHERE AnnualRevenue > USD15', ['Beta_100%', 'delta']],
    ['SELECT Name FROM Account WHERE CALENDAR_YEAR(CreatedDate) = 2026 LIMIT 1', ['Alpha']],
    ['SELECT Name FROM Contact WHERE Birthdate = 1980-05-05', ["O'Neil"]],
    ['SELECT Name FROM Contact WHERE DAY_IN_MONTH(Birthdate) = 31', ['Young']],
    [
      'SELECT Name FROM Account WHERE CreatedDate = THIS_FISCAL_YEAR AND CreatedDate >= LAST_N_DAYS:1 LIMIT 1',
      ['Alpha'],
    ],
    ["SELECT Name FROM Contact WHERE Account.Name = 'alpha'", ['Ada Byron', 'Young']],
    ['SELECT Name FROM Contact WHERE Account.Name = null', ['Zed']],
    ["SELECT Name FROM Account a WHERE a.Parent.Parent.Name = 'Alpha'", ['gamma']],
    ['SELECT Account.Name FROM Contact ORDER BY Account.Name NULLS LAST', ['Alpha', 'Alpha', 'Beta_100%', null]],
    ['SELECT c.Account.Name FROM Contact c ORDER BY c.LastName LIMIT 1', ['Alpha']],
    ['SELECT Account.Id FROM Account LIMIT 0', []],
    ['SELECT Name FROM Account WHERE Id IN (SELECT AccountId FROM Contact)', ['Alpha', 'Beta_100%']],
    ['SELECT Name FROM Account WHERE Id NOT IN (SELECT AccountId FROM Contact)', ['gamma', 'delta']],
    [
      "SELECT Name FROM Contact WHERE AccountId IN (SELECT Id FROM Account WHERE Industry = 'Energy')",
      ['Ada Byron', 'Young'],
    ],
    ['SELECT Name FROM Account ORDER BY Industry NULLS LAST, Name DESC', ['delta', 'Alpha', 'gamma', 'Beta_100%']],
    ['SELECT AnnualRevenue FROM Account ORDER BY AnnualRevenue', [null, 10, 20, 30.5]],
    ['SELECT AnnualRevenue FROM Account ORDER BY AnnualRevenue DESC', [null, 30.5, 20, 10]],
    ['SELECT Name FROM Account ORDER BY Name LIMIT 2 OFFSET 1', ['Beta_100%', 'delta']],
    ['SELECT Name FROM Account OFFSET 3', ['delta']],
    ['SELECT toLabel(Industry) FROM Account WHERE Industry = NULL', [null]],
    [
      'SELECT (SELECT LastName FROM Contacts ORDER BY LastName DESC) FROM Account',
      [['Young', 'Byron'], ["O'Neil"], [], []],
    ],
    ["SELECT (SELECT Id FROM Contacts WHERE LastName LIKE 'B%') FROM Account WHERE Name = 'Alpha'", [['Byron']]],
    ["SELECT (SELECT Id FROM Account.Contacts LIMIT 1 OFFSET 1) FROM Account WHERE Name = 'Alpha'", [['Young']]],
    ['SELECT COUNT() FROM Account', [4]],
    ['SELECT count() FROM Account LIMIT 3', [3]],
    ["SELECT COUNT() FROM Contact WHERE Account.Name = 'Alpha'", [2]],
  ])('%s', (text, expected) => {
    expect(run(text)).toEqual(expected);
  });

  it('takes IDs of 15 and 18 characters', () => {
    for (const id of [alpha, alpha.slice(0, 15)]) {
      expect(run(`SELECT Name FROM Account WHERE Id = '${id}'`)).toEqual(['Alpha']);
      expect(run(`SELECT LastName FROM Contact WHERE AccountId IN ('${id}')`)).toEqual(['Byron', 'Young']);
      expect(run(`SELECT COUNT() FROM Account WHERE Id != '${id}'`)).toEqual([3]);
    }
  });

  it('pages by Id in the order of creation, across the change from capitals to small letters', () => {
    const all = Array.from({ length: 70 }, (_unused, index) => insert('Product2', { Name: `p${index}` }));
    const seen: unknown[] = [];
    for (let last = ''; ; last = String(seen.at(-1))) {
      const after = last === '' ? '' : `WHERE Id > '${last}'`;
      const page = run(`SELECT Id FROM Product2 ${after} ORDER BY Id LIMIT 9`);
      if (page.length === 0) break;
      seen.push(...page);
    }
    expect(seen).toEqual(all);
  });

  it('finds deleted rows with queryAll alone', () => {
    const text = "SELECT LastName FROM Contact WHERE IsDeleted = true OR LastName = 'Gone'";
    expect(run(text)).toEqual([]);
    expect(run(text, true)).toEqual(['Gone']);
    expect(run("SELECT (SELECT Id FROM Contacts) FROM Account WHERE Name = 'Alpha'", true)).toEqual([
      ['Byron', 'Young', 'Gone'],
    ]);
  });
});

describe('aggregates', () => {
  it.each<[string, readonly unknown[]]>([
    ['SELECT COUNT(Id), COUNT(Industry), SUM(AnnualRevenue) FROM Account', [[4, 3, 60.5]]],
    ['SELECT COUNT_DISTINCT(Industry), AVG(AnnualRevenue) FROM Account', [[2, 60.5 / 3]]],
    ['SELECT MIN(Name), MAX(AnnualRevenue), MAX(Name) FROM Account', [['Alpha', 30.5, 'gamma']]],
    ["SELECT SUM(AnnualRevenue), COUNT(Id) FROM Account WHERE Name = 'nobody'", [[null, 0]]],
    [
      'SELECT Industry, COUNT(Id) FROM Account GROUP BY Industry ORDER BY Industry',
      [
        [null, 1],
        ['Energy', 2],
        ['Retail', 1],
      ],
    ],
    ['SELECT Industry FROM Account GROUP BY Industry HAVING COUNT(Id) > 1', [['Energy']]],
    [
      "SELECT Industry i, COUNT(Id) n FROM Account GROUP BY Industry HAVING Industry LIKE 'R%' OR COUNT(Id) = 2",
      [
        ['Energy', 2],
        ['Retail', 1],
      ],
    ],
    [
      'SELECT Account.Name, COUNT(Id) FROM Contact GROUP BY Account.Name ORDER BY COUNT(Id) DESC, Account.Name LIMIT 1',
      [['Alpha', 2]],
    ],
    [
      'SELECT CALENDAR_YEAR(Birthdate), COUNT(Id) FROM Contact WHERE Birthdate != null GROUP BY CALENDAR_YEAR(Birthdate)',
      [[1980, 2]],
    ],
    [
      'SELECT Industry, Type, COUNT(Id), GROUPING(Type) FROM Account WHERE Industry != null GROUP BY ROLLUP(Industry, Type)',
      [
        ['Energy', 'Other', 1, 0],
        ['Retail', null, 1, 0],
        ['energy', null, 1, 0],
        ['Energy', null, 2, 1],
        ['Retail', null, 1, 1],
        [null, null, 3, 1],
      ],
    ],
    [
      "SELECT Industry, Type, COUNT(Id) n FROM Account WHERE Name = 'Alpha' GROUP BY CUBE(Industry, Type)",
      [
        ['Energy', 'Other', 1],
        ['Energy', null, 1],
        [null, 'Other', 1],
        [null, null, 1],
      ],
    ],
  ])('%s', (text, expected) => {
    expect(run(text)).toEqual(expected);
  });

  it('names the columns', () => {
    const text =
      'SELECT Account.Name, Title t, MAX(CreatedDate), COUNT(Id) n, MIN(Email) FROM Contact GROUP BY Account.Name, Title';
    const result = runQuery(database, text, { includeDeleted: false });
    expect(result.kind === 'groups' && result.columns.map(({ name }) => name)).toEqual([
      'Name',
      't',
      'expr0',
      'n',
      'expr1',
    ]);
  });
});

describe('where to look', () => {
  it.each<[string, string | undefined]>([
    ["Id = '001000000000001'", 'Id'],
    ["External_Id__c = 'A-1' AND Name LIKE 'A%'", 'External_Id__c'],
    ["Name = 'Alpha' AND (External_Id__c = 'A-1' OR External_Id__c IN ('A-2', 'A-3'))", 'External_Id__c'],
    ['Id IN (SELECT AccountId FROM Contact)', 'Id'],
    ["External_Id__c = 'A-1' OR Name = 'Beta'", undefined],
    ["External_Id__c != 'A-1'", undefined],
    ["NOT External_Id__c = 'A-1'", undefined],
    ['External_Id__c = null', undefined],
    ["Parent.External_Id__c = 'A-1'", undefined],
  ])('%s: %s', (where, field) => {
    const query = `SELECT Id FROM Account WHERE ${where}`;
    const { where: clause } = parseSoql(query);
    const filter = clause && compileFilter(clause, { database, object: object('Account'), query, subSelect: () => [] });
    expect(filter?.candidates?.field.name).toBe(field);
  });
});

describe('refused queries', () => {
  it.each([
    ['SELECT a.Name FROM Account a WHERE a.Name = 1', 'INVALID_FIELD', 'must be of type string'],
    ["SELECT Id FROM Account WHERE Id = 'x'", 'INVALID_FIELD', 'ERROR at Row:1:Column:30\ninvalid ID field: x'],
    [
      'SELECT Foo FROM Account',
      'INVALID_FIELD',
      "\nSELECT Foo FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Foo' on entity 'Account'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.",
    ],
    [
      'SELECT Id FROM Account\nWHERE Foo = 1',
      'INVALID_FIELD',
      "ERROR at Row:2:Column:7\nNo such column 'Foo' on entity 'Account'.",
    ],
    ["SELECT Id FROM Account WHERE Name = 'Foo' AND Foo = 1", 'INVALID_FIELD', 'ERROR at Row:1:Column:47\n'],
    [
      'SELECT Account.Foo FROM Contact',
      'INVALID_FIELD',
      "ERROR at Row:1:Column:8\nNo such column 'Foo' on entity 'Account'.",
    ],
    ['SELECT Id FROM Account ORDER BY Foo', 'INVALID_FIELD', "ERROR at Row:1:Column:33\nNo such column 'Foo'"],
    [
      'SELECT Id FROM Nope',
      'INVALID_TYPE',
      "\nSELECT Id FROM Nope\n               ^\nERROR at Row:1:Column:16\nsObject type 'Nope' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name.",
    ],
    [
      'SELECT Foo.Name FROM Contact',
      'INVALID_FIELD',
      "ERROR at Row:1:Column:8\nDidn't understand relationship 'Foo' in field path.",
    ],
    [
      'SELECT (SELECT Id FROM Foos) FROM Account',
      'INVALID_TYPE',
      "Didn't understand relationship 'Foos' in FROM part of query call.",
    ],
    ['SELECT Id, Id FROM Account', 'INVALID_FIELD', 'duplicate field selected: Id'],
    ['SELECT Name n FROM Account', 'MALFORMED_QUERY', 'only aggregate expressions use field aliasing'],
    ['SELECT FIELDS(ALL) FROM Account', 'MALFORMED_QUERY', 'The SOQL FIELDS function must have a LIMIT of at most 200'],
    ['SELECT FIELDS(CUSTOM) FROM Account LIMIT 201', 'MALFORMED_QUERY', 'must have a LIMIT of at most 200'],
    ['SELECT Id FROM Account OFFSET 2001', 'NUMBER_OUTSIDE_VALID_RANGE', 'Maximum SOQL offset allowed is 2000'],
    [
      'SELECT Id FROM Account ORDER BY Description',
      'INVALID_FIELD',
      "field 'Description' can not be sorted in a query call",
    ],
    [
      "SELECT Id FROM Account WHERE Description = 'x'",
      'INVALID_FIELD',
      "field 'Description' can not be filtered in a query call",
    ],
    ["SELECT Id FROM Account WHERE Id LIKE '001%'", 'INVALID_FIELD', 'invalid operator on id field'],
    ["SELECT Id FROM Account WHERE Name INCLUDES ('a')", 'INVALID_FIELD', 'invalid operator on string field'],
    [
      'SELECT Id FROM Account WHERE CreatedDate > 2020-01-01',
      'INVALID_FIELD',
      "value of filter criterion for field 'CreatedDate' must be of type dateTime and should not be enclosed in quotes",
    ],
    ['SELECT Id FROM Account WHERE AnnualRevenue = true', 'INVALID_FIELD', 'must be of type double'],
    ["SELECT Id FROM Account WHERE Name = 'a\\d'", 'MALFORMED_QUERY', "Illegal character sequence '\\d'"],
    [
      "SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'",
      'MALFORMED_QUERY',
      "ERROR at Row:1:Column:56\nunexpected token: 'OR'",
    ],
    [
      'SELECT Name, COUNT(Id) FROM Account',
      'MALFORMED_QUERY',
      'ERROR at Row:1:Column:8\nField must be grouped or aggregated: Name',
    ],
    [
      'SELECT Name, COUNT(Id) FROM Account GROUP BY Industry',
      'MALFORMED_QUERY',
      'Field must be grouped or aggregated: Name',
    ],
    [
      'SELECT COUNT(Id) FROM Account LIMIT 1',
      'MALFORMED_QUERY',
      'Non-grouped query that uses overall aggregate functions cannot also use LIMIT',
    ],
    ['SELECT SUM(Name) FROM Account', 'INVALID_FIELD', 'field Name does not support aggregate operator SUM'],
    [
      'SELECT COUNT(Id) FROM Account GROUP BY CreatedDate',
      'INVALID_FIELD',
      "field 'CreatedDate' can not be grouped in a query call",
    ],
    ['SELECT Name, Account.Name FROM Contact GROUP BY Name, Account.Name', 'MALFORMED_QUERY', 'duplicate alias: Name'],
    ['SELECT COUNT(), Id FROM Account', 'MALFORMED_QUERY', 'unexpected token'],
    [
      "SELECT Id FROM Account WHERE Name = 'a' OR Id IN (SELECT AccountId FROM Contact)",
      'MALFORMED_QUERY',
      'Semi join sub-selects are only allowed at the top level WHERE expressions',
    ],
    [
      'SELECT Id FROM Account WHERE Id IN (SELECT Id FROM Contact)',
      'MALFORMED_QUERY',
      'should point to the same object type',
    ],
    ['SELECT Id FROM Account WHERE Id IN (SELECT Name FROM Contact)', 'INVALID_FIELD', "cannot use: 'Name'"],
    [
      'SELECT Id FROM Account WHERE Id IN (SELECT ParentId FROM Account)',
      'MALFORMED_QUERY',
      'The inner and outer selects should not be on the same object type',
    ],
  ])('%s', (text, errorCode, message) => {
    const refusal = (): unknown => {
      try {
        return run(text);
      } catch (error) {
        return error instanceof ApiError ? error.body[0] : error;
      }
    };
    expect(refusal()).toEqual({ errorCode, message: expect.stringContaining(message) });
  });
});
