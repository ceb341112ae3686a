import { connect, type Socket } from "node:net";
import type { Endpoint } from "./endpoint.ts";

/** What an endpoint does when somebody knocks. */
export type Diagnosis =
  | { readonly state: "missing" | "denied" | "refused" | "unreachable"; readonly detail: string }
  | { readonly state: "silent" }
  | { readonly state: "http2" }
  | { readonly state: "other-protocol"; readonly detail: string };

/** The client connection preface and an empty SETTINGS frame: RFC 9113, sections 3.4 and 6.5. */
const greeting = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
]);

const settingsFrame = 4;

/**
 * Finds out why a channel does not come up: knocks once, greets in HTTP/2, and looks at the first nine bytes.
 * A session of HTTP/2 that fails does not say what was sent in its place.
 *
 * @param timeoutMs how long to wait for an answer before calling the server silent
 */
export async function diagnose(endpoint: Endpoint, timeoutMs: number): Promise<Diagnosis> {
  return new Promise((resolve) => {
    const socket: Socket =
      endpoint.kind === "unix" ? connect(endpoint.path) : connect({ host: endpoint.host, port: endpoint.port });
    let received = Buffer.alloc(0);
    const end = (diagnosis: Diagnosis): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(diagnosis);
    };
    const timer = setTimeout(() => end({ state: "silent" }), timeoutMs);
    socket.once("connect", () => socket.write(greeting));
    socket.once("error", (error) => end(fromErrno(error)));
    socket.once("close", () => end({ state: "other-protocol", detail: "it closed the connection" }));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 9) return;
      end(
        received[3] === settingsFrame
          ? { state: "http2" }
          : { state: "other-protocol", detail: "it does not speak HTTP/2" },
      );
    });
  });
}

function fromErrno(error: Error): Diagnosis {
  const errno = "code" in error ? String(error.code) : "";
  switch (errno) {
    case "ENOENT":
    case "ENOTDIR":
      return { state: "missing", detail: errno };
    case "EACCES":
    case "EPERM":
      return { state: "denied", detail: errno };
    case "ECONNREFUSED":
    case "ENOTSOCK":
      return { state: "refused", detail: errno };
    case "ECONNRESET":
    case "EPIPE":
      return { state: "other-protocol", detail: "it closed the connection" };
    default:
      return { state: "unreachable", detail: errno === "" ? error.message : errno };
  }
}
