import { createHash, randomUUID } from "node:crypto";
import { readlink } from "node:fs/promises";
import { LabError } from "../errors.ts";
import { links, routes } from "../linux/ip.ts";
import type { LabNetwork } from "./cni-config.ts";
import { readHostBefore } from "./host-before.ts";
import { makeLabFolder } from "./lab-folder.ts";
import { labDir, labRecords, noteLab } from "./lab-index.ts";
import { withLabsLocked } from "./lab-lock.ts";
import { labPaths } from "./lab-paths.ts";
import { bootId, markProcess, writeLabRecord, type LabRecord } from "./lab-record.ts";
import { freeSubnet, freeSubnet6 } from "./subnet.ts";

/** What is known of a lab before it has a place of its own. */
export interface LabPlan extends Pick<
  LabRecord,
  "name" | "dir" | "ephemeral" | "containerd" | "runc" | "handlers" | "adaptations"
> {
  readonly ipv6: boolean;
}

/**
 * Takes a name, a folder, a bridge and subnets that nobody else has, and writes the record: from here on there is
 * something to take down. Nothing of the lab runs yet.
 *
 * @throws {LabError} when the name is taken or the folder will not do
 */
export async function claimLab({ ipv6, ...plan }: LabPlan, signal?: AbortSignal): Promise<LabRecord> {
  return withLabsLocked(async () => {
    const others = await labRecords();
    const taken = await labDir(plan.name);
    if (taken !== undefined && (taken !== plan.dir || others.some(({ dir }) => dir === taken))) {
      throw new LabError(`there is a lab named '${plan.name}' in ${taken}`, {
        hint: `choose another name, or take it down: crikit lab down --name ${plan.name}`,
      });
    }
    const owner = await markProcess(Number(await readlink("/proc/self")));
    if (owner === undefined) throw new LabError("cannot find out who we are: is /proc mounted?");
    const boot = await bootId();
    const before = others.find((other) => other.bootId === boot)?.before ?? (await readHostBefore());
    const network = await chooseNetwork(plan.name, { others, ipv6 });
    const madeFrom = await makeLabFolder(plan.dir);
    const record: LabRecord = {
      ...plan,
      formatVersion: 1,
      id: randomUUID(),
      madeFrom,
      endpoint: `unix://${labPaths(plan.dir).socket}`,
      phase: "starting",
      bootId: boot,
      owner,
      network,
      streamingPort: 0,
      before,
    };
    await writeLabRecord(record);
    if (taken === undefined) await noteLab(record);
    return record;
  }, signal);
}

/** A network that overlaps nothing this machine knows, nor another lab that has no pod yet and so no bridge. */
async function chooseNetwork(
  name: string,
  { others, ipv6 }: { readonly others: readonly LabRecord[]; readonly ipv6: boolean },
): Promise<LabNetwork> {
  const [interfaces, known] = await Promise.all([links(), routes()]);
  const used = [
    ...interfaces.flatMap((link) => link.addr_info.map(({ local, prefixlen }) => `${local}/${prefixlen}`)),
    ...known.map(({ dst }) => dst),
    ...others.flatMap(({ network }) => network.subnets),
  ];
  const names = [...interfaces.map(({ ifname }) => ifname), ...others.map(({ network }) => network.bridge)];
  return {
    name: `crikit-${name}`,
    bridge: freeBridge(name, names),
    subnets: [freeSubnet(used), ...(ipv6 ? [freeSubnet6(name, used)] : [])],
  };
}

/** 12 bytes, of the 15 that the kernel takes. */
function freeBridge(name: string, taken: readonly string[]): string {
  for (let attempt = 0; ; attempt++) {
    const hash = createHash("sha256").update(`${name} ${attempt}`).digest("hex");
    const bridge = `crk-${hash.slice(0, 8)}`;
    if (!taken.includes(bridge)) return bridge;
  }
}
