import { once, setMaxListeners } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { finished } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Line } from "../cri/connect.ts";
import { PodSandboxState } from "../cri/messages.ts";
import { CrikitError, HostError, NotFoundError } from "../errors.ts";
import { Scope } from "../lifetime.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { dialPort, type DialPortOptions } from "./dial-port.ts";

/** A port of this machine and the port in the pod that it leads to. */
export interface PortPlan {
  /** 0 for any that is free. */
  readonly local: number;
  readonly remote: number;
  /** Addresses of this machine to listen on; the two of loopback when absent. */
  readonly addresses?: readonly string[] | undefined;
}

/** A port that is listened on. */
export interface ForwardedPort {
  readonly address: string;
  readonly local: number;
  readonly remote: number;
}

/** What happens while ports are forwarded. */
export type PortEvent =
  | { readonly kind: "opened"; readonly port: ForwardedPort }
  | { readonly kind: "failed"; readonly port: ForwardedPort; readonly error: unknown };

/** Which ports to forward, and how they travel. */
export interface PortForwardOptions extends Omit<DialPortOptions, "port"> {
  readonly ports: readonly PortPlan[];
  /** Told of every connection, and of every one that failed: the others go on. */
  readonly onEvent?: ((event: PortEvent) => void) | undefined;
  /** Milliseconds between two looks at whether the pod is still there. 1,000 when absent. */
  readonly watchEveryMs?: number | undefined;
}

/** Ports that are being forwarded. Use it with `await using`. */
export interface PortForward extends AsyncDisposable {
  readonly ports: readonly ForwardedPort[];
  /** Rejects when the pod is gone or not ready any more, resolves when it was closed. */
  readonly ended: Promise<void>;
  /** Ends every connection and listens no more. */
  close(): Promise<void>;
}

/**
 * Forwards ports of this machine to ports in a pod, as many connections at once as come. Each end may close its half of a
 * connection while the other goes on, as far as the runtime carries that. A port that nobody answers in the pod fails its
 * connection alone.
 *
 * @throws {NotFoundError} when there is no such pod sandbox
 * @throws {HostError} when a port of this machine cannot be listened on
 * @see CRI RuntimeService.PortForward
 */
export async function portForward(line: Line, podSandboxId: string, options: PortForwardOptions): Promise<PortForward> {
  await mustBeReady(line, podSandboxId, options);
  const { onEvent, watchEveryMs = 1_000, signal } = options;
  const stop = new AbortController();
  const until = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  setMaxListeners(0, until); // every connection listens
  const sockets = new Set<Socket>();

  const accept = async (port: ForwardedPort, local: Socket): Promise<void> => {
    sockets.add(local);
    local.on("close", () => sockets.delete(local));
    local.on("error", () => undefined); // told by the pipes below, or by nobody when it went before
    onEvent?.({ kind: "opened", port });
    try {
      const remote = await dialPort(line, podSandboxId, { ...options, port: port.remote, signal: until });
      await join(local, remote);
    } catch (error) {
      local.resetAndDestroy(); // the client shall not take it for an end in order
      if (!until.aborted) onEvent?.({ kind: "failed", port, error });
    }
  };

  await using scope = new Scope();
  const ports: ForwardedPort[] = [];
  try {
    for (const plan of options.ports) {
      for (const { server, port } of await listen(plan, (on, local) => void accept(on, local))) {
        scope.defer(() => closed(server));
        ports.push(port);
      }
    }
  } catch (error) {
    stop.abort();
    for (const socket of sockets) socket.destroy(); // a server closes after its last connection
    throw error;
  }
  const servers = scope.move();
  const close = async (): Promise<void> => {
    stop.abort();
    for (const socket of sockets) socket.destroy();
    await servers[Symbol.asyncDispose]();
  };
  const stay = async (): Promise<void> => {
    try {
      await watch(line, podSandboxId, { everyMs: watchEveryMs, until });
    } finally {
      await close();
    }
  };
  const ended = stay();
  ended.catch(() => undefined); // for those who do not ask
  return { ports, ended, close, [Symbol.asyncDispose]: close };
}

/** Carries both ways until both ends have closed their half. Not a pipeline: that would end `local` as if all were well. */
async function join(local: Socket, remote: Duplex): Promise<void> {
  if (local.destroyed) {
    remote.destroy(); // the client did not wait for it
    return;
  }
  local.on("close", () => remote.destroy());
  local.pipe(remote).pipe(local);
  try {
    await finished(remote);
  } catch (error) {
    if (!local.destroyed) throw error; // else the client has gone, which it may
  }
}

interface Listening {
  readonly server: Server;
  readonly port: ForwardedPort;
}

const loopback = ["127.0.0.1", "::1"];

/**
 * Listens on every address of a plan: on the same port of each when any port will do. A client may come before the last of
 * them listens.
 */
async function listen(
  { local, remote, addresses }: PortPlan,
  accept: (port: ForwardedPort, local: Socket) => void,
): Promise<readonly Listening[]> {
  const listening: Listening[] = [];
  await using scope = new Scope();
  for (const address of addresses ?? loopback) {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    scope.defer(() => closed(server));
    server.on("connection", (socket) => {
      const { port } = server.address() as AddressInfo; // of a port, not of a pipe
      accept({ address, local: port, remote }, socket);
    });
    server.listen({ host: address, port: listening[0]?.port.local ?? local });
    try {
      await once(server, "listening");
    } catch (error) {
      // A machine without IPv6 has one address of loopback.
      if (addresses === undefined && listening.length > 0 && isWithoutAddress(error)) continue;
      throw new HostError(`cannot listen on ${address}, port ${local}: ${(error as Error).message}`, { cause: error });
    }
    const { port } = server.address() as AddressInfo; // of a port, not of a pipe
    listening.push({ server, port: { address, local: port, remote } });
  }
  scope.keep();
  return listening;
}

function isWithoutAddress(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT";
}

async function closed(server: Server): Promise<void> {
  if (!server.listening) return;
  await new Promise((resolve) => server.close(resolve));
}

/** Looks again and again whether the pod is there. Settles when `until` aborts. @throws when it is gone */
async function watch(
  line: Line,
  podSandboxId: string,
  { everyMs, until }: { readonly everyMs: number; readonly until: AbortSignal },
): Promise<void> {
  for (;;) {
    await sleep(everyMs, undefined, { signal: until }).catch(() => undefined);
    if (until.aborted) return;
    try {
      await mustBeReady(line, podSandboxId, { signal: until });
    } catch (error) {
      // A runtime that is restarted comes back, and the pod with it.
      if (error instanceof CrikitError && error.code === "not-found") throw error;
    }
  }
}

async function mustBeReady(line: Line, podSandboxId: string, { signal, timeoutMs }: CallOptions): Promise<void> {
  const { status } = await line.runtime.podSandboxStatus({ podSandboxId }, { signal, timeoutMs });
  if (status?.state !== PodSandboxState.SANDBOX_READY) {
    throw new NotFoundError(`pod sandbox ${podSandboxId} is not ready: nothing listens in it`, {
      endpoint: line.endpoint,
      rpc: "PodSandboxStatus",
    });
  }
}
