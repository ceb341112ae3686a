/** How long, and until when, a call may run. Every client method takes one as its last argument. */
export interface CallOptions {
  /** Cancels the call; the promise then rejects with a `CancelledError` whose cause is `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Milliseconds from now until the call is given up with a `DeadlineExceededError`. The runtime is told, as
   * `grpc-timeout`. Without it each RPC has a default of its own; `Infinity` means no deadline.
   */
  readonly timeoutMs?: number | undefined;
}
