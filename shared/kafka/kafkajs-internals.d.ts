// The one internal of kafkajs that the timer guard touches; kafkajs is pinned, and a test notices when it changes.
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: readonly unknown[];
    scheduleCheckPendingRequests(): void;
  }
}
