import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import type { CallOptions } from "../../rpc/call-options.ts";
import { connectOptions, handshake, readAnswer } from "../handshake.ts";
import type { Refusal } from "../session.ts";
import type { StreamingTarget } from "../target.ts";

/** A socket that speaks SPDY/3.1 from here on. */
interface Upgraded {
  readonly socket: Duplex;
  /** What the server sent right behind its answer. */
  readonly head: Uint8Array;
  /** The one of the offered protocols that the server took. */
  readonly protocol: string;
}

/**
 * Asks a streaming server to speak SPDY/3.1.
 *
 * @param protocols what to offer as `X-Stream-Protocol-Version`, the best first
 * @throws as `handshake` does
 */
export async function upgrade(
  target: StreamingTarget,
  protocols: readonly string[],
  options: CallOptions,
): Promise<Upgraded | Refusal> {
  return handshake(target, options, async (giveUp) => {
    const { url } = target;
    const settings = {
      ...connectOptions(target),
      method: "POST",
      path: `${url.pathname}${url.search}`,
      headers: {
        Host: url.host,
        Connection: "Upgrade",
        Upgrade: "SPDY/3.1",
        "X-Stream-Protocol-Version": [...protocols],
        "Content-Length": "0",
      },
      agent: false as const,
    };
    const request = target.tls === undefined ? httpRequest(settings) : httpsRequest(settings);
    giveUp.addEventListener("abort", () => request.destroy(), { once: true });
    const answer = await new Promise<Upgraded | IncomingMessage>((resolve, reject) => {
      request.once("error", reject);
      request.once("response", resolve);
      request.once("upgrade", ({ headers }, socket, head) => {
        // Old servers do not say: then it is the oldest protocol.
        resolve({ socket, head, protocol: [headers["x-stream-protocol-version"]].flat()[0] ?? protocols.at(-1) ?? "" });
      });
      request.end();
    });
    if ("head" in answer) return answer;
    return { transport: "spdy", status: answer.statusCode ?? 0, answer: await readAnswer(answer) };
  });
}
