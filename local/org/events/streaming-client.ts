import type { Timer } from '../clock.ts';
import type { AllocationKind } from './allocations.ts';
import type { Subscription } from './subscriptions.ts';

/** A `/meta/connect` that waits for events. */
export interface HeldConnect {
  readonly id: unknown;
  /** Answers with complete JSON messages; the connect's own reply is the last. */
  readonly answer: (messages: readonly string[]) => void;
}

/** A data message that waits for a connect, as JSON. */
export interface QueuedMessage {
  readonly text: string;
  readonly kind: AllocationKind;
}

/** One CometD session, from handshake to disconnect or until the org forgets it. */
export interface StreamingClient {
  readonly id: string;
  /** Value of the BAYEUX_BROWSER cookie it got. */
  readonly browserId: string;
  readonly userId: string;
  readonly username: string;
  readonly token: string;
  /** When the load balancer's cookie expires; the next node does not know this client. */
  stickyUntil: number;
  readonly subscriptions: Map<string, Subscription>;
  queue: QueuedMessage[];
  held: HeldConnect | undefined;
  /** Ends the held connect, or forgets the client when no connect is held. */
  timer: Timer | undefined;
  /** The first connect was answered. */
  connected: boolean;
  /** Told to pause between connects, because another client of its browser holds one. */
  slowed: boolean;
  /** The next connect is told that the server ends the session. */
  ending: boolean;
}
