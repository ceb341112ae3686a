import { bounded } from "../bounded.ts";
import { canonicalAddress, localAddressesOf } from "../linux/local-addresses.ts";
import { namespaceKinds, sameNamespace, showNamespace } from "../linux/namespace.ts";
import type { ProcessEntry } from "../linux/process-table.ts";
import { commandLineOf } from "../linux/shell-quote.ts";
import { namespacesFound } from "../namespaces/anchor.ts";
import type { MeasuredPod } from "../namespaces/measure.ts";
import { behindCgroup, behindNetns, nameOf, netnsOf } from "./node-view.ts";
import type { Subject } from "./parse-subject.ts";
import type { Lookup, Match } from "./which.ts";

/** The container whose cgroup a process is in; else the pod whose network namespace it has, which whoever entered has too. */
export function byPid(pid: number, { view }: Pick<Lookup, "view">): readonly Match[] {
  const entry = view.processes.find((each) => each.pid === pid);
  if (entry === undefined) return [];
  const about = { meaning: "pid", process: processOf(entry) } as const;
  const command = commandLineOf("cat", `/proc/${pid}/cgroup`);
  const behind = behindCgroup(view, entry);
  if (behind !== undefined) return [{ ...about, ...behind, because: "its cgroup is the container's", command }];
  const { net } = entry.namespaces;
  if (net === undefined) return [];
  const because = "it is in the pod's network namespace, and in no cgroup of its containers";
  const look = commandLineOf("stat", "-L", "-c", "%d:%i", `/proc/${pid}/ns/net`);
  return behindNetns(view, net).map((pod) => ({ ...about, ...pod, because, command: look }));
}

/** Those that have an address: as the runtime reports it, else inside their network namespace. */
export async function byAddress(address: string, { view }: Pick<Lookup, "view">): Promise<readonly Match[]> {
  const about = { meaning: "ip", process: null, container: null } as const;
  const reported = view.pods.filter(({ ips }) => ips.some((ip) => canonicalAddress(ip) === address));
  if (reported.length > 0) {
    const because = "the runtime reports the address";
    return reported.map((pod) => ({
      ...about,
      pod: nameOf(pod),
      because,
      command: commandLineOf("crikit", "inspectp", pod.id.slice(0, 13)),
    }));
  }
  const found = await bounded(view.pods, 8, async (pod): Promise<readonly Match[]> => {
    const pid = witnessOf(pod, view.host.net);
    if (pid === undefined) return [];
    const inside = await localAddressesOf(pid, view.proc).catch(() => undefined);
    if (inside?.addresses.has(address) !== true || address === "::1" || address.startsWith("127.")) return [];
    const command = commandLineOf("nsenter", "--target", String(pid), "--net", "--", "ip", "-br", "addr");
    return [{ ...about, pod: nameOf(pod), because: "an interface in its network namespace has the address", command }];
  });
  return found.flat();
}

/** A process in a pod's own network namespace, which is not the host's. */
function witnessOf(pod: MeasuredPod, host: ReturnType<typeof netnsOf>): number | undefined {
  const own = netnsOf(pod);
  if (own === undefined || (host !== undefined && sameNamespace(own, host))) return undefined;
  return pod.members.find((member) => {
    const net = namespacesFound(member)?.net;
    return net !== undefined && sameNamespace(net, own);
  })?.pid;
}

/** Those that are in a namespace, of whatever kind it is; and the pod that has it pinned. */
export function byNamespace(
  { ino, dev }: Extract<Subject, { kind: "inode" }>,
  { view }: Pick<Lookup, "view">,
): readonly Match[] {
  const fits = (id: { readonly dev: bigint; readonly ino: bigint }): boolean =>
    id.ino === ino && (dev === undefined || id.dev === dev);
  return view.pods.flatMap((pod): readonly Match[] => {
    const members = pod.members.flatMap((member): readonly Match[] => {
      const namespaces = namespacesFound(member) ?? {};
      const kind = namespaceKinds.find((each) => namespaces[each] !== undefined && fits(namespaces[each]));
      const isHosts = kind !== undefined && view.host[kind] !== undefined && fits(view.host[kind]);
      if (kind === undefined || isHosts || member.pid === undefined) return [];
      const entry = view.processes.find(({ pid }) => pid === member.pid);
      return [
        {
          meaning: "inode",
          pod: nameOf(pod),
          container: member.kind === "container" ? { id: member.id, name: member.name } : null,
          because: `its ${member.kind === "sandbox" ? "sandbox" : "container"} is in that ${kind} namespace`,
          process: entry === undefined ? null : processOf(entry),
          command: commandLineOf("stat", "-L", "-c", "%d:%i", `/proc/${member.pid}/ns/${kind}`),
        },
      ];
    });
    if (members.length > 0 || pod.pin?.id === undefined || !fits(pod.pin.id)) return members;
    const because = `${showNamespace(pod.pin.id)} is pinned for it, and no process is in it`;
    const command = commandLineOf("stat", "-L", "-c", "%d:%i", pod.pin.path);
    return [{ meaning: "inode", pod: nameOf(pod), container: null, because, process: null, command }];
  });
}

/** A process, as plain data. */
export function processOf({ pid, comm, startTimeTicks }: ProcessEntry): NonNullable<Match["process"]> {
  return { pid, comm, startTimeTicks: String(startTimeTicks) };
}
