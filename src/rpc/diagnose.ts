import { openSocket } from "./byte-socket.ts";
import type { Endpoint } from "./endpoint.ts";
import { frame, FrameType } from "./http2/frames.ts";
import { preface } from "./http2/preface.ts";

/** What an endpoint does when somebody knocks. */
export type Diagnosis =
  | { readonly state: "missing" | "denied" | "refused" | "unreachable"; readonly detail: string }
  | { readonly state: "silent" }
  | { readonly state: "unknown" }
  | { readonly state: "http2" }
  | { readonly state: "other-protocol"; readonly detail: string };

/**
 * Finds out why a channel does not come up: knocks once, greets in HTTP/2, and looks at the first nine bytes.
 *
 * @param timeoutMs how long to wait for an answer before calling the server silent
 * @param signal ends it without an answer: what an endpoint does that has not been waited for is unknown
 */
export async function diagnose(endpoint: Endpoint, timeoutMs: number, signal?: AbortSignal): Promise<Diagnosis> {
  if (signal?.aborted === true) return { state: "unknown" };
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const giveUp = (): void => end({ state: "unknown" });
    signal?.addEventListener("abort", giveUp, { once: true });
    const end = (diagnosis: Diagnosis): void => {
      signal?.removeEventListener("abort", giveUp);
      clearTimeout(timer);
      resolve(diagnosis);
      socket.destroy();
    };
    const timer = setTimeout(() => end({ state: "silent" }), timeoutMs);
    const socket = openSocket(endpoint, {
      onOpen: (opened) => opened.write(Buffer.concat([preface, frame(FrameType.SETTINGS, 0, 0, Buffer.alloc(0))])),
      onData(piece) {
        received = Buffer.concat([received, piece]);
        if (received.length < 9) return;
        end(
          received[3] === FrameType.SETTINGS
            ? { state: "http2" }
            : { state: "other-protocol", detail: "it does not speak HTTP/2" },
        );
      },
      onClose: (error) =>
        end(error === undefined ? { state: "other-protocol", detail: "it closed the connection" } : fromErrno(error)),
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
