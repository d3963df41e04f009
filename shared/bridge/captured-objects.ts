import type { Capture, Source } from './bridge.ts';

/** The objects whose records a capture can bring, as far as the definition names them; undefined when it may be any. */
export function capturedObjects(capture: Capture): readonly string[] | undefined {
  switch (capture.kind) {
    case 'changeDataCapture':
    case 'pushTopic':
      return [capture.object];
    case 'changeDataCaptureChannel':
      return capture.objects;
    case 'platformEvent':
      return capture.event.endsWith('__chn') ? capture.events : [capture.event];
    case 'generic':
      return [genericObjectType(capture.channel)];
  }
}

/** True when events stand for rows, which can be read again; a platform event or a generic one is all there is of it. */
export function capturesRows({ kind }: Capture): boolean {
  return kind === 'changeDataCapture' || kind === 'changeDataCaptureChannel' || kind === 'pushTopic';
}

/** True when what a source publishes can also be read from the org: rows of objects it names, in the record format. */
export function canBeReadAgain({ capture, format }: Pick<Source, 'capture' | 'format'>): boolean {
  return capturesRows(capture) && capturedObjects(capture) !== undefined && format !== 'raw';
}

/** What a generic event's record says it is of: the channel's own name, fit for a topic. */
export function genericObjectType(channel: string): string {
  return channel.replace(/^\/u\//, '').replaceAll('/', '-');
}
