import type { CallOptions } from "../../rpc/call-options.ts";
import type { Purpose, Refusal, Session } from "../session.ts";
import type { StreamingTarget } from "../target.ts";
export async function openSession(
  _target: StreamingTarget,
  _purpose: Purpose,
  _options: CallOptions,
): Promise<Session | Refusal> {
  return { transport: "websocket", status: 501, answer: "" };
}
