/** What happened on the way, besides how records ended. */
export interface RoundEvents {
  /** Unknown fields that were left out. */
  droppedFields: number;
  /** Merged rows that were taken apart. */
  unmerged: number;
  /** Rows that were sent again within the invocation. */
  retried: number;
  /** Rows that take no newer value, because a call about them was not answered. */
  held: number;
  /** Reports that Kafka did not take. */
  unreported: number;
}

export const noEvents: RoundEvents = { droppedFields: 0, unmerged: 0, retried: 0, held: 0, unreported: 0 };
