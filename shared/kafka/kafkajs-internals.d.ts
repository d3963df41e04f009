// The internals of kafkajs that are used here; kafkajs is pinned, and tests notice when they change.
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: readonly unknown[];
    scheduleCheckPendingRequests(): void;
  }
}
