import { printable } from "./printable.ts";

/** A pod sandbox that has been made. */
export interface MadePod {
  readonly podSandboxId: string;
  readonly name: string;
  readonly namespace: string;
}

/** A container that has been made or changed. */
export interface MadeContainer {
  readonly containerId: string;
}

/** The id alone, as crictl prints it. */
export function podIdView({ podSandboxId }: Pick<MadePod, "podSandboxId">): string {
  return printable(podSandboxId);
}

/** The id alone, as crictl prints it. */
export function containerIdView({ containerId }: MadeContainer): string {
  return printable(containerId);
}
