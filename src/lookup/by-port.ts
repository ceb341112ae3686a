import { bounded } from "../bounded.ts";
import { NotFoundError } from "../errors.ts";
import { showNamespace } from "../linux/namespace.ts";
import type { ProcessEntry } from "../linux/process-table.ts";
import { readOf } from "../linux/process.ts";
import { commandLineOf } from "../linux/shell-quote.ts";
import { holdersOf, parseSockets, socketTables } from "../netns/sockets.ts";
import { podSandboxDetails } from "../sandbox/details.ts";
import { processOf } from "./by-process.ts";
import { behindCgroup, behindNetns, nameOf, type NodeView } from "./node-view.ts";
import type { Lookup, Match } from "./which.ts";

const atOnce = 8;

/**
 * Who listens on a port: on the host's network and in each pod's, by the socket tables of one process of each, and the
 * pods whose config maps it from a port of the host.
 *
 * @see proc_pid_net(5), CRI PodSandboxConfig.port_mappings
 */
export async function byPort(port: number, lookup: Lookup): Promise<readonly Match[]> {
  const { view } = lookup;
  const witnesses = new Map<string, ProcessEntry>();
  for (const entry of view.processes) {
    const { net } = entry.namespaces;
    if (net !== undefined && !witnesses.has(showNamespace(net))) witnesses.set(showNamespace(net), entry);
  }
  const [listening, mapped] = await Promise.all([
    bounded([...witnesses], atOnce, ([netns, witness]) => listenersIn(netns, { port, witness, view })),
    mappedFrom(port, lookup),
  ]);
  return [...mapped, ...listening.flat()];
}

async function listenersIn(
  netns: string,
  { port, witness, view }: { readonly port: number; readonly witness: ProcessEntry; readonly view: NodeView },
): Promise<readonly Match[]> {
  const texts = await Promise.all(
    socketTables.map(
      async (table) => [table, (await readOf(`${view.proc}/${witness.pid}/net/${table}`)) ?? ""] as const,
    ),
  );
  const sockets = parseSockets(new Map(texts)).filter(
    ({ localPort, state }) => localPort === port && (state === "LISTEN" || state === "UNCONN"),
  );
  if (sockets.length === 0) return [];
  const inside = view.processes.filter(
    ({ namespaces }) => namespaces.net !== undefined && showNamespace(namespaces.net) === netns,
  );
  const holders = await holdersOf(inside, view.proc);
  const command = commandLineOf("nsenter", "--target", String(witness.pid), "--net", "--", "ss", "-tulnp");
  const { net } = witness.namespaces;
  return sockets.flatMap(({ protocol, inode, localAddress }): readonly Match[] => {
    const pids = new Set(holders.get(inode)?.map(({ pid }) => pid));
    const because = `it listens on ${protocol} ${localAddress.includes(":") ? `[${localAddress}]` : localAddress}:${port}`;
    const about = { meaning: "port", because, command } as const;
    const held = inside
      .filter(({ pid }) => pids.has(pid))
      .flatMap((entry): readonly Match[] => {
        const behind = behindCgroup(view, entry);
        return behind === undefined ? [] : [{ ...about, ...behind, process: processOf(entry) }];
      });
    if (held.length > 0 || net === undefined) return held;
    return behindNetns(view, net).map((pod) => ({ ...about, ...pod, process: null }));
  });
}

async function mappedFrom(port: number, { line, call, view }: Lookup): Promise<readonly Match[]> {
  const found = await bounded(view.pods, atOnce, async (pod): Promise<readonly Match[]> => {
    try {
      const { info } = (await podSandboxDetails(line, pod.id, call)).verbose;
      const mapping = mappingsOf(info["config"]).find(({ hostPort }) => hostPort === port);
      if (mapping === undefined) return [];
      const because = `its config maps port ${port} of the host to ${mapping.containerPort} of the pod`;
      const command = commandLineOf("crikit", "inspectp", pod.id.slice(0, 13));
      return [{ meaning: "port", pod: nameOf(pod), container: null, because, process: null, command }];
    } catch (error) {
      if (error instanceof NotFoundError) return []; // removed meanwhile
      throw error;
    }
  });
  return found.flat();
}

/** The mappings in the config that containerd keeps of a pod, which is Go's JSON of it. */
function mappingsOf(config: unknown): readonly { readonly hostPort: number; readonly containerPort: number }[] {
  const mappings = (config as { readonly port_mappings?: unknown } | undefined | null)?.port_mappings;
  if (!Array.isArray(mappings)) return [];
  return mappings.map((mapping: { readonly host_port?: number; readonly container_port?: number }) => ({
    hostPort: mapping.host_port ?? 0,
    containerPort: mapping.container_port ?? 0,
  }));
}
