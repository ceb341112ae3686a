import type { Line } from "../cri/connect.ts";
import { RuntimeFailedError, UnimplementedError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import type { openSession as openSpdy } from "./spdy/session.ts";
import { isRefusal, type Purpose, type Refusal, type Session, type Transport } from "./session.ts";
import { streamingTarget, type StreamingTrust } from "./target.ts";

/** What every streaming function takes beside its own options. */
export interface StreamingOptions extends CallOptions, StreamingTrust {
  /** Speaks this transport and no other; the one that can do what was asked when absent. */
  readonly transport?: Transport | undefined;
}

/** What a session needs to be opened. */
export interface SessionPlan {
  /** The RPC's name, for errors. */
  readonly rpc: string;
  readonly purpose: Purpose;
  /** Asks the runtime for a URL. One URL opens one session, so it is asked again for a second try. */
  readonly ask: () => Promise<{ readonly url: string }>;
  /** Whether the process has to be told that its input has ended. */
  readonly needsInputEnd: boolean;
}

/** SPDY first: every version of containerd speaks it, and it alone can end input before version 5 of the protocol. */
const order: readonly Transport[] = ["spdy", "websocket"];

/**
 * Opens a session over the transport that can do what was asked, or over the other when the server refuses that one.
 *
 * @throws {UnimplementedError} when no transport that the server speaks can do it
 * @throws {RuntimeFailedError} when the server refuses; {UnreachableError} {UntrustedError} {DeadlineExceededError}
 */
export async function openSession(line: Line, plan: SessionPlan, options: StreamingOptions): Promise<Session> {
  const refusals: Refusal[] = [];
  for (const transport of options.transport === undefined ? order : [options.transport]) {
    const { url } = await plan.ask();
    const target = await streamingTarget(url, line.endpoint, options);
    const { openSession: openOver } = await load(transport);
    const answer = await openOver(target, plan.purpose, options);
    if (isRefusal(answer)) {
      refusals.push(answer);
      continue;
    }
    if (plan.needsInputEnd && !answer.canEndInput) {
      answer.close();
      throw cannotEndInput(answer, { plan, line, refusals });
    }
    return answer;
  }
  throw refused(refusals, plan, line);
}

/** Most programs need one of them. */
function load(transport: Transport): Promise<{ readonly openSession: typeof openSpdy }> {
  return transport === "spdy" ? import("./spdy/session.ts") : import("./websocket/session.ts");
}

const names: Readonly<Record<Transport, string>> = { spdy: "SPDY/3.1", websocket: "WebSocket" };

function told(refusals: readonly Refusal[]): string {
  return refusals
    .map(({ transport, status, answer }) => `${names[transport]}: HTTP ${status}${answer === "" ? "" : ` ${answer}`}`)
    .join("; ");
}

function refused(refusals: readonly Refusal[], { rpc }: SessionPlan, { endpoint }: Line): RuntimeFailedError {
  const answer = told(refusals);
  return new RuntimeFailedError(
    `${rpc} on ${endpoint}: the streaming server refused (${answer})`,
    { status: "REFUSED", answer },
    { rpc, endpoint },
  );
}

function cannotEndInput(
  { transport, protocol }: Session,
  about: { readonly plan: SessionPlan; readonly line: Line; readonly refusals: readonly Refusal[] },
): UnimplementedError {
  const {
    plan: { rpc },
    line: { endpoint },
    refusals,
  } = about;
  const besides = refusals.length === 0 ? "" : `, and refuses the other (${told(refusals)})`;
  return new UnimplementedError(
    `${rpc} on ${endpoint}: the streaming server speaks ${names[transport]} (${protocol}), which cannot tell a process ` +
      `that its input has ended${besides}`,
    { rpc, endpoint, hint: "use SPDY, a terminal, or no input" },
  );
}
