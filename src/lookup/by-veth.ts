import { bounded } from "../bounded.ts";
import { HostError } from "../errors.ts";
import { links, linksIn } from "../linux/ip.ts";
import { pinnedNamespace } from "../linux/nsfs.ts";
import { commandLineOf } from "../linux/shell-quote.ts";
import { netnsFileOf } from "./netns-file.ts";
import { nameOf } from "./node-view.ts";
import type { Lookup, Match } from "./which.ts";

/** How many programs run at once to look into pods. */
const spawnsAtOnce = 4;

/**
 * The pod that has the other end of an interface of the host: each end has the other's number, and only the pair that
 * agrees both ways is one, because numbers repeat from one network namespace to the next.
 *
 * @throws {HostError} without ip(8), or without CAP_SYS_ADMIN; {CancelledError} when the signal aborts
 */
export async function byVeth(name: string, { call, view }: Pick<Lookup, "call" | "view">): Promise<readonly Match[]> {
  const own = (await links(call)).find(({ ifname }) => ifname === name);
  if (own?.link_index === undefined) return [];
  const { ifindex, link_index: other } = own;
  const unseen: HostError[] = [];
  const found = await bounded(view.pods, spawnsAtOnce, async (pod): Promise<readonly Match[]> => {
    const path = netnsFileOf(pod, view.host.net);
    if (path === undefined) return [];
    const inside = await linksIn(path, call).catch(async (error: unknown) => {
      if (!(error instanceof HostError)) throw error;
      if (await isThere(path)) unseen.push(error); // else it has gone meanwhile
      return [];
    });
    const end = inside.find((link) => link.ifindex === other && link.link_index === ifindex);
    if (end === undefined) return [];
    return [
      {
        meaning: "veth",
        pod: nameOf(pod),
        container: null,
        because: `its other end is the pod's ${end.ifname}`,
        process: null,
        command: commandLineOf("nsenter", `--net=${path}`, "--", "ip", "link", "show", end.ifname),
      },
    ];
  });
  const matches = found.flat();
  if (matches.length === 0 && unseen[0] !== undefined) throw unseen[0]; // it may be in there
  return matches;
}

async function isThere(path: string): Promise<boolean> {
  return pinnedNamespace(path).then(
    () => true,
    () => false,
  );
}
