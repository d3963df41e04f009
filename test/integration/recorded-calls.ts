import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';

/** Stands between clients and a server, and notes what they ask for. */
export interface Recorder {
  readonly address: string;
  readonly calls: ReadonlySet<string>;
  close(): Promise<void>;
}

/**
 * Between Kafka clients and a broker that advertises this port.
 *
 * @returns calls as `<client id> <API key>`: https://kafka.apache.org/protocol#protocol_api_keys
 */
export async function recordKafka(brokerPort: () => number): Promise<Recorder & { readonly port: number }> {
  const calls = new Set<string>();
  const server = createServer((client) => {
    const broker = connect(brokerPort(), '127.0.0.1');
    let pending = Buffer.alloc(0);
    client.on('data', (chunk) => {
      broker.write(chunk);
      pending = Buffer.concat([pending, chunk]);
      // Length; then API key, version, correlation ID, and the client's name with its own length.
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
        const nameLength = Math.max(0, pending.readInt16BE(12));
        calls.add(`${pending.toString('utf8', 14, 14 + nameLength)} ${pending.readInt16BE(4)}`);
        pending = pending.subarray(4 + pending.readInt32BE(0));
      }
    });
    broker.on('data', (chunk) => client.write(chunk));
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      one.on('close', () => other.destroy());
      one.on('error', () => other.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, address: `127.0.0.1:${port}`, calls, close: () => closed(server) };
}

/**
 * Between AWS's SDK and a local cloud.
 *
 * @param programOf says whose call it is, by the SDK's own name for itself and what is asked; undefined is not noted.
 * @returns calls as `<program> <service>:<action>`
 */
export async function recordAws(
  endpoint: string,
  programOf: (userAgent: string, body: string) => string | undefined,
): Promise<Recorder> {
  const calls = new Set<string>();
  const server = createHttpServer(async (incoming, answer) => {
    const body = await readBody(incoming);
    const program = programOf(String(incoming.headers['user-agent']), body.toString());
    const action = actionOf(incoming);
    if (program !== undefined && action !== undefined) calls.add(`${program} ${action}`);
    const { method, url, headers } = incoming;
    const forwarded = request(new URL(url ?? '/', endpoint), { ...(method && { method }), headers }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    forwarded.on('error', () => answer.destroy());
    forwarded.end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}`, calls, close: () => closed(server) };
}

const services: Readonly<Record<string, string>> = {
  DynamoDB_20120810: 'dynamodb',
  secretsmanager: 'secretsmanager',
  AmazonSQS: 'sqs',
};

/** IAM's name of a call in AWS's JSON protocols; S3 has one of its own. */
function actionOf({ headers, method }: IncomingMessage): string | undefined {
  const [target = '', operation] = String(headers['x-amz-target'] ?? '').split('.');
  const service = services[target];
  if (service !== undefined && operation !== undefined) return `${service}:${operation}`;
  return method === 'PUT' ? 's3:PutObject' : undefined;
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function closed(server: { close(): unknown; closeAllConnections?(): void }): Promise<void> {
  server.close();
  server.closeAllConnections?.();
}
