import { createHash } from "node:crypto";

/** The chains of CNI's portmap plugin that the host ports of every network share. */
const shared = ["CNI-HOSTPORT-DNAT", "CNI-HOSTPORT-SETMARK", "CNI-HOSTPORT-MASQ"];

/** Those of the shared chains that a table has. @param table what `iptables-save -t nat` prints */
export function hostPortChains(table: string): readonly string[] {
  return chainsOf(table).filter((chain) => shared.includes(chain));
}

/**
 * What makes the shared chains. The plugin makes them with the first host port, and when two pods come up at once one of
 * them fails, because the other was faster.
 */
export function addHostPortChains(table: string): string | undefined {
  const there = hostPortChains(table);
  return restoreInput(shared.filter((chain) => !there.includes(chain)).map((chain) => `-N ${chain}`));
}

/**
 * What takes the rules and chains of one CNI network out of a nat table, as input of `iptables-restore --noflush`.
 *
 * Rules carry the network's name in a comment. Chains are named by the rules that jump to them, and by the hash of network
 * and sandbox, for those that a plugin which was killed left without a rule.
 *
 * @param table what `iptables-save -t nat` prints
 * @param sandboxIds the sandboxes that may have been on the network
 * @returns undefined when there is nothing to take out
 */
export function removeNetwork(table: string, network: string, sandboxIds: readonly string[]): string | undefined {
  const rules = rulesOf(table);
  const comment = `name: \\"${network}\\" id: `; // as iptables-save escapes it
  const named = rules.filter((rule) => rule.includes(comment)).flatMap((rule) => target(rule) ?? []);
  const hashed = sandboxIds.flatMap((id) => chainNames(network, id));
  const doomed = chainsOf(table).filter((chain) => [...named, ...hashed].includes(chain) && !shared.includes(chain));
  const gone = (rule: string): boolean => rule.includes(comment) || doomed.includes(target(rule) ?? "");
  const doomedRules = rules.filter((rule) => !doomed.includes(chain(rule)) && gone(rule));
  return restoreInput(removal(doomedRules, doomed));
}

/**
 * What takes the shared chains out when no host port is left in them.
 *
 * @param before those that were there before the first lab: they stay
 */
export function removeHostPortChains(table: string, before: readonly string[]): string | undefined {
  const rules = rulesOf(table);
  if (rules.some((rule) => chain(rule) === "CNI-HOSTPORT-DNAT")) return undefined;
  const doomed = hostPortChains(table).filter((name) => !before.includes(name));
  const jumps = rules.filter((rule) => !doomed.includes(chain(rule)) && doomed.includes(target(rule) ?? ""));
  return restoreInput(removal(jumps, doomed));
}

/** The chains that CNI's bridge plugin (ipMasq) and its portmap plugin make for a sandbox. */
function chainNames(network: string, sandboxId: string): readonly string[] {
  const hash = createHash("sha512").update(`${network}${sandboxId}`).digest("hex");
  return ["CNI-", "CNI-DN-"].map((prefix) => `${prefix}${hash}`.slice(0, 28));
}

/** In the order that references allow. */
function removal(rules: readonly string[], chains: readonly string[]): readonly string[] {
  return [
    ...rules.map((rule) => rule.replace(/^-A /u, "-D ")),
    ...chains.map((name) => `-F ${name}`),
    ...chains.map((name) => `-X ${name}`),
  ];
}

/** All of it in one transaction. */
function restoreInput(commands: readonly string[]): string | undefined {
  return commands.length === 0 ? undefined : ["*nat", ...commands, "COMMIT", ""].join("\n");
}

function rulesOf(table: string): readonly string[] {
  return table.split("\n").filter((line) => line.startsWith("-A "));
}

function chainsOf(table: string): readonly string[] {
  return [...table.matchAll(/^:(\S+) /gmu)].flatMap((match) => match[1] ?? []);
}

function chain(rule: string): string {
  return rule.split(" ")[1] ?? "";
}

/** The chain that a rule jumps to: CNI's rules end with the jump. */
function target(rule: string): string | undefined {
  return / -j (CNI-\S+)$/u.exec(rule)?.[1];
}
