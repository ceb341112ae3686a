import type { View } from "../outcome.ts";
import { printable } from "./printable.ts";

/** A port of this machine that leads into a pod. */
export interface Forwarding {
  readonly podSandboxId: string;
  readonly pod: string;
  readonly address: string;
  readonly local: number;
  readonly remote: number;
}

/** Where one listens, and where that leads. */
export const forwardingView: View<Forwarding> = ({ pod, address, local, remote }) =>
  `forwarding ${address.includes(":") ? `[${address}]` : address}:${local} to port ${remote} of ${printable(pod)}`;
