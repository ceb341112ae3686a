import { CancelledError, HostError } from "../../errors.ts";
import { type Link, linksIn } from "../../linux/ip.ts";
import { canonicalAddress, type LocalAddresses, localAddressesOf } from "../../linux/local-addresses.ts";
import type { NamespaceId } from "../../linux/namespace.ts";
import { commandLineOf } from "../../linux/shell-quote.ts";
import { anchorOf } from "../anchor.ts";
import type { MeasuredPod } from "../measure.ts";
import type { Evidence } from "../verdict.ts";
import { type CheckSource, runOptions } from "./check.ts";
import { evidenceOf, fileOf, inNetns, isStill, type Witness, witnessIn } from "./netns-file.ts";

/** What is in a pod's network namespace, as far as the checks ask; or why that is not known. */
export type Interfaces =
  | {
      readonly read: true;
      /** In canonical form, of both families. */
      readonly addresses: ReadonlySet<string>;
      /** `up` with an address of its own, or what is wrong with it. */
      readonly loopback: "up" | "down" | "missing" | "without an address";
      readonly evidence: readonly Evidence[];
    }
  | { readonly read: false; readonly reason: string; readonly evidence: readonly Evidence[] };

const loopbackAddress = "127.0.0.1";

/** Runs `ip` in a pod's network namespace, when its turn comes. */
export type Enter = (netns: string) => Promise<readonly Link[]>;

/**
 * Reads the addresses in a pod's network namespace and whether `lo` is up. What procfs shows of them takes no process for
 * each pod. What it does not show is looked for with ip(8) inside, so that nobody is judged broken by a list that merely
 * lacks something, as it lacks the IPv6 addresses of an interface that is down.
 */
export async function readInterfaces(
  pod: MeasuredPod,
  source: CheckSource,
  enter: Enter = (netns) => linksIn(netns, runOptions(source)),
): Promise<Interfaces> {
  const anchor = anchorOf(pod, "net");
  if (anchor === undefined) {
    return { read: false, reason: pod.pin?.reason ?? "nothing shows the pod's network namespace", evidence: [] };
  }
  const witness = witnessIn(pod, anchor.id);
  const file = fileOf(anchor, witness);
  const evidence = file === undefined ? [] : [evidenceOf(file, commandLineOf(...inNetns(file, "ip", "addr")))];
  const listed = witness === undefined ? undefined : await readLists(witness, anchor.id, source);
  const wanted = [...pod.ips.map(canonicalAddress), loopbackAddress];
  if (listed?.loopbackUp === true && wanted.every((address) => listed.addresses.has(address))) {
    return { read: true, addresses: listed.addresses, loopback: "up", evidence: [...evidence, ...listed.evidence] };
  }
  if (file === undefined) return { read: false, reason: "no process and no pin shows its network namespace", evidence };
  try {
    const links = await enter(file.kind === "pin" ? file.path : `${source.proc ?? "/proc"}/${file.pid}/ns/net`);
    if (file.kind === "process" && !(await isStill(file, anchor.id, source))) {
      return { read: false, reason: `process ${file.pid} ended while it was looked at`, evidence };
    }
    return { read: true, ...fromLinks(links), evidence };
  } catch (error) {
    if (!(error instanceof HostError) || error instanceof CancelledError) throw error;
    return { read: false, reason: `its network namespace could not be entered: ${error.message}`, evidence };
  }
}

/** What the lists of a witness say, if it is the same process in the same namespace afterwards. */
async function readLists(
  witness: Witness,
  netns: NamespaceId,
  source: CheckSource,
): Promise<(LocalAddresses & { readonly evidence: readonly Evidence[] }) | undefined> {
  try {
    const local = await localAddressesOf(witness.pid, source.proc);
    if (local === undefined || !(await isStill(witness, netns, source))) return undefined;
    const startTimeTicks = String(witness.startTimeTicks);
    const evidence = local.files.map((what) => ({
      what,
      id: null,
      startTimeTicks,
      command: commandLineOf("cat", what),
    }));
    return { ...local, evidence };
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined; // not ours to read: ip may still be
    throw error;
  }
}

/** What ip(8) shows. */
export function fromLinks(links: readonly Link[]): Pick<Extract<Interfaces, { read: true }>, "addresses" | "loopback"> {
  const addresses = links.flatMap(({ addr_info: own }) => own.map(({ local }) => canonicalAddress(local)));
  const lo = links.find(({ flags }) => flags.includes("LOOPBACK"));
  const loopback =
    lo === undefined
      ? "missing"
      : !lo.flags.includes("UP")
        ? "down"
        : lo.addr_info.some(({ local }) => local === loopbackAddress || local === "::1")
          ? "up"
          : "without an address";
  return { addresses: new Set(addresses), loopback };
}
