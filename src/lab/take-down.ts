import { readdir, rm, unlink } from "node:fs/promises";
import { LabError } from "../errors.ts";
import { sweepNetnsNames } from "../linux/netns-name.ts";
import { restoreHost } from "./host-before.ts";
import { removeEmptyFolders } from "./lab-folder.ts";
import { forgetLab, labRecords, tidyLabsFolder } from "./lab-index.ts";
import { withLabLocked, withLabsLocked } from "./lab-lock.ts";
import { labPaths } from "./lab-paths.ts";
import { bootId, readLabRecord, writeLabRecord, type LabRecord } from "./lab-record.ts";
import { stopPods } from "./stop-pods.ts";
import { cgroupParents, sharedParent, sweepCgroupParents, sweepCgroups, sweepPodCgroups } from "./sweep-cgroups.ts";
import { sweepMounts } from "./sweep-mounts.ts";
import { sweepHostPorts, sweepNat } from "./nat.ts";
import { labIds } from "./sandbox-ids.ts";
import { sweepCniCache, sweepLinks } from "./sweep-network.ts";
import { labProcesses, sweepProcesses } from "./sweep-processes.ts";
import { sweepShimSockets } from "./sweep-shim-sockets.ts";

/**
 * Takes a lab down, whatever state it is in: asks its containerd to stop the pods if it answers, then takes away what is
 * left of it on this machine by itself. The record goes last, so that a crash in between is resumed by doing it again.
 * Harmless for a lab that is gone.
 *
 * @throws {LabError} when something of it could not be taken away; then the record is still there
 */
export async function takeDown(record: LabRecord): Promise<void> {
  await withLabLocked(record.dir, () => takeDownLocked(record));
}

async function takeDownLocked(record: LabRecord): Promise<void> {
  const { dir, network } = record;
  const noted = await readLabRecord(dir);
  if (noted?.id !== record.id) return; // gone, or there is another lab by now
  const paths = labPaths(dir);
  const parents = [...(noted.cgroupParents ?? []), ...(await cgroupParents(paths.state))];
  const seen = new Set([...(noted.ids ?? []), ...(await labIds(paths, network.name))]);
  await writeLabRecord({ ...noted, phase: "going-down", cgroupParents: parents, ids: [...seen] });

  const answers = (await labProcesses(paths, [])).some(({ part }) => part === "containerd");
  if (answers) await stopPods(record.endpoint);

  for (const id of await sweepProcesses(paths, network.name)) seen.add(id);
  const ids = [...seen];
  await sweepCgroups(ids);
  await sweepPodCgroups(paths.log);
  await sweepCgroupParents(parents, record.before.cgroups);
  await sweepShimSockets(record.before.shimSockets);
  await sweepNetnsNames({ folder: dir });
  await sweepMounts(dir);
  await sweepLinks(network.bridge);
  await sweepNat(network.name, ids);
  await sweepCniCache(network.name, ids);
  for (const name of await readdir(dir)) {
    if (`${dir}/${name}` !== paths.record) await rm(`${dir}/${name}`, { recursive: true, force: true });
  }
  await withLabsLocked(() => letGo(record));
}

/** The end of it, while no other lab comes or goes: the last one puts the machine back. */
async function letGo(record: LabRecord): Promise<void> {
  const others = (await labRecords()).filter((other) => other.dir !== record.dir);
  // After a reboot the machine is as it boots, and nothing of what we saw before is ours to put back.
  if (others.length === 0 && record.bootId === (await bootId())) {
    await sweepHostPorts(record.before.hostPortChains);
    await sweepCgroupParents([sharedParent], record.before.cgroups);
    await restoreHost(record.before);
  }
  await forgetLab(record);
  await unlink(labPaths(record.dir).record);
  if (record.madeFrom !== undefined) await removeEmptyFolders(record.dir, record.madeFrom);
  await tidyLabsFolder();
  if (record.madeFrom !== undefined && (await readdir(record.dir).catch(() => [])).length > 0) {
    throw new LabError(`${record.dir} is not empty`, { hint: "something wrote into it while the lab went down" });
  }
}
