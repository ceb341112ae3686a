import type { ByteSocket, SocketEvents } from "./byte-socket.ts";
import type { Endpoint } from "./endpoint.ts";

/** A socket of `node:net`, which is loaded now. */
export function openNodeSocket(
  endpoint: Endpoint,
  { onOpen, onData, onClose }: SocketEvents,
): Pick<ByteSocket, "destroy"> {
  let isDestroyed = false;
  let socket: Pick<ByteSocket, "destroy"> | undefined;
  void import("node:net").then(({ connect }) => {
    if (isDestroyed) return onClose();
    const made = endpoint.kind === "unix" ? connect(endpoint.path) : connect(endpoint.port, endpoint.host);
    let failure: Error | undefined;
    if (endpoint.kind === "tcp") made.setNoDelay(true);
    made.on("data", onData);
    made.on("error", (error: Error) => (failure = error));
    made.on("close", () => onClose(failure));
    socket = made;
    return onOpen(made);
  });
  return {
    destroy() {
      isDestroyed = true;
      socket?.destroy();
    },
  };
}
