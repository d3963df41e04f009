export interface BrokerPorts {
  readonly port: number;
  readonly controllerPort: number;
}

/** Properties of a broker that differ from those of a local run, such as further listeners. */
export type BrokerProperties = Readonly<Record<string, string | number | boolean>>;

/** One node that is broker and controller (KRaft), on loopback only. */
export function serverProperties(
  { port, controllerPort }: BrokerPorts,
  dataFolder: string,
  others: BrokerProperties = {},
): string {
  const properties: BrokerProperties = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': dataFolder,
    // As on MSK, and because a mistyped topic name should fail here too.
    'auto.create.topics.enable': false,
    // The internal topics ask for three replicas by default; there is one node.
    'default.replication.factor': 1,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // 50 partitions each by default, every one of them files to create on the first use.
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    // A broker that was killed is let in again only when its former session has run out, after 9 s by default.
    'broker.session.timeout.ms': 4_000,
    'broker.heartbeat.interval.ms': 500,
    // A record's time is the event's, and the emulated org's clock can be moved days ahead; an hour is the default.
    'log.message.timestamp.after.max.ms': '9223372036854775807',
    // Nobody else is going to join these groups.
    'group.initial.rebalance.delay.ms': 0,
    ...others,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${escapeValue(String(value))}\n`)
    .join('');
}

/** In a Java properties file a backslash starts an escape, also in values, and a line ends a value. */
function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
