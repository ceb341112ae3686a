import type { Purpose, Transport } from "./session.ts";

/** Versions of the remote command protocol, the newest first. The last two are one before and after it had a number. */
const ofCommands = [
  "v5.channel.k8s.io",
  "v4.channel.k8s.io",
  "v3.channel.k8s.io",
  "v2.channel.k8s.io",
  "channel.k8s.io",
];

/**
 * What to offer a streaming server, the best first. It takes the first that it knows.
 *
 * @see k8s.io/cri-streaming, remotecommand/constants.go and portforward
 */
export function protocolsOf(transport: Transport, { kind }: Pick<Purpose, "kind">): readonly string[] {
  if (kind === "command") return ofCommands;
  return transport === "spdy" ? ["portforward.k8s.io"] : ["v4.channel.k8s.io"];
}

/** Whether the size of a terminal can be told: the third version of the protocol brought it. */
export function hasResize(protocol: string): boolean {
  return protocol !== "channel.k8s.io" && protocol !== "v2.channel.k8s.io";
}
