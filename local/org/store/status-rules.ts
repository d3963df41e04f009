import type { ObjectRule } from './object-rules.ts';

/** Fields that follow the status of a record (Object Reference: Opportunity, Case, Task). */
export const statusRules: Readonly<Record<string, ObjectRule>> = {
  Opportunity: {
    check({ after }) {
      const stage = String(after['StageName']);
      after['IsClosed'] = stage.startsWith('Closed');
      after['IsWon'] = stage === 'Closed Won';
      const { Amount: amount = null, Probability: probability = null } = after;
      after['ExpectedRevenue'] =
        typeof amount === 'number' && typeof probability === 'number' ? (amount * probability) / 100 : null;
      return [];
    },
  },
  Case: {
    check({ after, before, now }) {
      const isClosed = after['Status'] === 'Closed';
      if (isClosed !== (before?.['IsClosed'] === true)) after['ClosedDate'] = isClosed ? now : null;
      after['IsClosed'] = isClosed;
      return [];
    },
  },
  Task: {
    check({ after }) {
      after['IsClosed'] = after['Status'] === 'Completed';
      after['IsHighPriority'] = after['Priority'] === 'High';
      return [];
    },
  },
};
