/**
 * Settings of a client that gives a request up when it is not answered in time, tries again, and fails at last. By itself the
 * SDK waits for ever; with a `requestTimeout` alone it goes on waiting and writes a warning:
 * https://github.com/aws/aws-sdk-js-v3/blob/main/supplemental-docs/CLIENTS.md
 */
export function givingUpAfter(timeoutMs: number) {
  return {
    requestHandler: { connectionTimeout: timeoutMs, requestTimeout: timeoutMs, throwOnRequestTimeout: true },
  };
}
