import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

const guarded = Symbol('timer is guarded');

/**
 * kafkajs looks at its request queue every millisecond for ever, even when nothing is pending: about 5 % of a core for
 * an idle client, and a TimeoutNegativeWarning on Node 24 (kafkajs issues 1556 and 1751, unmerged pull request 1755).
 * With nothing pending the look is needless: pushing a request that has to wait schedules the next one.
 */
export function guardKafkajsTimer(): void {
  const prototype = RequestQueue.prototype as RequestQueue & { [guarded]?: true };
  if (prototype[guarded]) return;
  prototype[guarded] = true;
  const schedule = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function scheduleOnlyWhenPending() {
    if (this.pending.length > 0) schedule.call(this);
  };
}
