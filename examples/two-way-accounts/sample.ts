import type { LoadRecord, Recipe } from '../../local/dev/recipe.ts';

/** What happens to which accounts. */
const groups = {
  /** People changed them, then an older change of the ERP arrives. */
  late: range(0, 100),
  /** The ERP changes them. Of the first twenty an older change comes once more. */
  changed: range(100, 200),
  again: range(100, 120),
  /** The ERP moves them to another country, and a flow sets another region. */
  moved: range(200, 250),
  /** People change them. */
  edited: range(250, 300),
  /** The ERP creates them. */
  created: range(300, 350),
};

function range(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `A-${from + index}`);
}

const hour = 3_600_000;
/** The ERP tells times in whole seconds, as Salesforce stores them. */
const toIso = (milliseconds: number) => new Date(Math.floor(milliseconds / 1000) * 1000).toISOString();

const recipe: Recipe = {
  seed: {
    changeEvents: ['Account'],
    flows: [
      {
        object: 'Account',
        name: 'Set_Region',
        when: 'OR(ISNEW(), ISCHANGED(BillingCountry))',
        set: { Region__c: "IF(OR(BillingCountry = 'AT', BillingCountry = 'CH'), 'Alps', 'Elsewhere')" },
      },
      {
        object: 'Account',
        name: 'Stamp_Change',
        when: 'IF(ISNEW(), ISBLANK(Changed_At__c), NOT(ISCHANGED(Changed_At__c)))',
        set: { Changed_At__c: 'NOW()' },
      },
    ],
  },
  async prepare({ main }) {
    const rows = range(0, 300).map((number) => ({
      Erp_Number__c: number,
      Name: `Account ${number}`,
      Phone: `crm ${number}`,
      BillingCountry: 'AT',
    }));
    await main?.create('Account', rows);
  },
  records() {
    const now = Date.now();
    const send = (number: string, country: string, at: number): LoadRecord => {
      const account = { number, name: `Account ${number}`, phone: `erp ${number}`, country, changedAt: toIso(at) };
      return { topic: 'erp.accounts', key: number, value: JSON.stringify(account) };
    };
    return [
      ...groups.late.map((number) => send(number, 'AT', now - hour)),
      ...[...groups.changed, ...groups.created].map((number) => send(number, 'AT', now)),
      ...groups.again.map((number) => ({ ...send(number, 'DE', now - 1000) })),
      ...groups.moved.map((number) => send(number, 'FR', now)),
    ];
  },
  async change({ main }) {
    const rows = (await main?.query('SELECT Id, Erp_Number__c FROM Account')) ?? [];
    const edited = new Set(groups.edited);
    const found = rows.filter((row) => edited.has(String(row['Erp_Number__c'])));
    await main?.update(
      'Account',
      found.map((row) => ({ Id: String(row['Id']), Phone: `people ${row['Erp_Number__c']}` })),
    );
  },
  async check({ orgs: { main }, published, dispositions, letters }) {
    // One account at a time: who wrote it last, and whether the ERP has to hear of it.
    const expected = new Map<string, string>();
    for (const number of groups.late) expected.set(number, `crm ${number}, AT, Alps`);
    for (const number of groups.changed) expected.set(number, `erp ${number}, AT, Alps`);
    for (const number of groups.moved) expected.set(number, `erp ${number}, FR, Elsewhere`);
    for (const number of groups.edited) expected.set(number, `people ${number}, AT, Alps`);
    for (const number of groups.created) expected.set(number, `erp ${number}, AT, Alps`);
    const toldOf = [...groups.moved, ...groups.edited, ...groups.created];

    const show = (row: Readonly<Record<string, unknown>>) =>
      [row['Phone'], row['BillingCountry'], row['Region__c']].join(', ');
    const rows = (await main?.query('SELECT Erp_Number__c, Phone, BillingCountry, Region__c FROM Account')) ?? [];
    const inOrg = new Map(rows.map((row) => [String(row['Erp_Number__c']), show(row)]));
    const heard = (published['crm.accounts'] ?? []).map(
      ({ value = '{}' }) => JSON.parse(value) as Record<string, unknown>,
    );
    const inErp = new Map(heard.map((row) => [String(row['Erp_Number__c']), show(row)]));

    const lost = [
      ...[...expected.keys()].filter((number) => !inOrg.has(number)),
      ...toldOf.filter((number) => !inErp.has(number)).map((number) => `${number} for the ERP`),
      ...letters.map(({ key }) => `dead letter of ${key}`),
    ];
    const wrong = [
      ...[...inOrg].filter(([number, row]) => row !== expected.get(number)).map(([number, row]) => `${number}: ${row}`),
      ...[...inErp]
        .filter(([number, row]) => row !== expected.get(number))
        .map(([number, row]) => `ERP ${number}: ${row}`),
    ];
    if (heard.length !== toldOf.length)
      wrong.push(`${heard.length} changes told, ${toldOf.length} are news to the ERP`);
    const filtered = dispositions['fromErp']?.filtered;
    if (filtered !== groups.late.length + groups.again.length) wrong.push(`${filtered} filtered`);
    return { lost, wrong };
  },
};

export default recipe;
