import { LabError } from "../errors.ts";
import { run } from "../linux/run.ts";
import type { HostBefore } from "./host-before.ts";
import { addHostPortChains, removeHostPortChains, removeNetwork } from "./nat-rules.ts";

/** An address family of iptables. */
type Family = 4 | 6;

/** Somebody else may change the table between our look and our transaction; then it fails whole, and we look again. */
const attempts = 5;

/** The nat table as `iptables-save` prints it; empty when this machine has none of that family. */
export async function readNat(family: Family): Promise<string> {
  const { exitCode, stdout } = await run(family === 4 ? "iptables-save" : "ip6tables-save", ["-t", "nat"]);
  return exitCode === 0 ? stdout : "";
}

/** Makes the chains that all host ports share, for the families that pods have. */
export async function makeHostPortChains({ ipv6 }: { readonly ipv6: boolean }): Promise<void> {
  for (const family of ipv6 ? ([4, 6] as const) : ([4] as const)) await change(family, addHostPortChains);
}

/** Takes away every rule and chain of a CNI network. @throws {LabError} when the table does not hold still */
export async function sweepNat(network: string, sandboxIds: readonly string[]): Promise<void> {
  for (const family of [4, 6] as const) await change(family, (table) => removeNetwork(table, network, sandboxIds));
}

/** Takes away the chains that all host ports share, unless they were there before or a host port is left. */
export async function sweepHostPorts(before: HostBefore["hostPortChains"]): Promise<void> {
  await change(4, (table) => removeHostPortChains(table, before.ipv4));
  await change(6, (table) => removeHostPortChains(table, before.ipv6));
}

async function change(family: Family, plan: (table: string) => string | undefined): Promise<void> {
  const program = family === 4 ? "iptables-restore" : "ip6tables-restore";
  let said = "";
  for (let attempt = 0; attempt < attempts; attempt++) {
    const input = plan(await readNat(family));
    if (input === undefined) return;
    const { exitCode, stderr } = await run(program, ["--noflush", "--wait", "5"], { input });
    if (exitCode === 0) return;
    said = stderr.trim().split("\n").at(-1) ?? "";
  }
  throw new LabError(`${program} refused to change the nat table: ${said}`);
}
