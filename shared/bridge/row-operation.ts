/** What becomes of a row in Salesforce; `publish` sends a platform event. */
export type RowOperation = 'create' | 'update' | 'upsert' | 'delete' | 'undelete' | 'publish';
