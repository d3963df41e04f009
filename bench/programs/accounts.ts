// The rows of the sink's bench, and the event in which Lambda brings them.

export interface AccountRow {
  readonly External_Id__c: string;
  readonly Name: string;
  readonly Phone: string;
  readonly BillingCity: string;
  readonly AnnualRevenue: number;
}

export function accountRow(index: number, round: string): AccountRow {
  return {
    External_Id__c: `S-${index}`,
    Name: `Account ${index} ${round}`,
    Phone: '+49 30 1234567',
    BillingCity: 'Berlin',
    AnnualRevenue: index,
  };
}

/** One partition's records as the text that Lambda hands to its runtime. */
export function eventText(partition: number, firstOffset: number, rows: readonly AccountRow[]): string {
  const topic = 'bench.accounts';
  const records = rows.map((row, index) => ({
    topic,
    partition,
    offset: firstOffset + index,
    timestamp: 1_750_000_000_000 + firstOffset + index,
    timestampType: 'CREATE_TIME',
    key: Buffer.from(JSON.stringify({ Id: row.External_Id__c })).toString('base64'),
    value: Buffer.from(JSON.stringify(row)).toString('base64'),
    headers: [],
  }));
  return JSON.stringify({
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn:aws:kafka:eu-central-1:111122223333:cluster/bench/1',
    bootstrapServers: '127.0.0.1:1',
    records: { [`${topic}-${partition}`]: records },
  });
}
