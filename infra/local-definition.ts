import definition from '../bridge.config.ts';
import { defineBridge } from '../shared/bridge/define-bridge.ts';

// Not through `#bridge`: in a bundle that stands for this very file.

/** The name of a sink's twin, whose dead letters go to a queue. */
export function queuedTwin(sink: string): string {
  return `${sink}-queued`;
}

/** The bridge of this checkout, and each sink once more as it is outside any network: both ways are deployed locally. */
export default defineBridge({
  ...definition,
  sinks: {
    ...definition.sinks,
    ...Object.fromEntries(
      Object.entries(definition.sinks ?? {}).map(([name, sink]) => [
        queuedTwin(name),
        { ...sink, deadLetters: { kind: 'queue' } },
      ]),
    ),
  },
});
