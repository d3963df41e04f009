import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { describe, expect, it, vi } from 'vitest';
import { guardKafkajsTimer } from '../../../../shared/kafka/kafkajs-timer-guard.ts';

type Queue = {
  pending: unknown[];
  throttledUntil: number;
  throttleCheckTimeoutId: unknown;
  destroy(): void;
} & RequestQueue;

function newQueue(): Queue {
  const Constructor = RequestQueue as unknown as new (settings: object) => Queue;
  return new Constructor({ maxInFlightRequests: 1, requestTimeout: 1, clientId: 'c', broker: 'b', logger: console });
}

describe('the kafkajs timer guard', () => {
  it('is still needed: without it an idle queue keeps a timer running', () => {
    const queue = newQueue();
    const prototype = RequestQueue.prototype;
    const original = prototype.scheduleCheckPendingRequests;
    expect(original.name).toBe('scheduleCheckPendingRequests');
    queue.scheduleCheckPendingRequests();
    expect(queue.throttleCheckTimeoutId).not.toBeNull();
    queue.destroy();
  });

  it('starts no timer while nothing is pending, and one as soon as something is', () => {
    guardKafkajsTimer();
    guardKafkajsTimer();
    vi.useFakeTimers();
    const queue = newQueue();
    queue.scheduleCheckPendingRequests();
    expect(vi.getTimerCount()).toBe(0);
    queue.pending.push({});
    queue.throttledUntil = Date.now() + 1000;
    queue.scheduleCheckPendingRequests();
    expect(vi.getTimerCount()).toBe(1);
    queue.destroy();
    vi.useRealTimers();
  });
});
