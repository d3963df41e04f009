import type { Sink } from '../bridge/bridge.ts';

/**
 * What Salesforce is told beside the rows: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers.htm
 * Without the first, leads and cases run through the org's active assignment rule.
 */
export function writeHeaders({ assignmentRule, allowDuplicates }: Sink['call']): Readonly<Record<string, string>> {
  return {
    ...(assignmentRule === undefined
      ? {}
      : { 'Sforce-Auto-Assign': String(assignmentRule).replace(/^(true|false)$/, upper) }),
    ...(allowDuplicates ? { 'Sforce-Duplicate-Rule-Header': 'allowSave=true' } : {}),
  };
}

function upper(text: string): string {
  return text.toUpperCase();
}
