import { readlink } from "node:fs/promises";
import { basename } from "node:path";
import { kill } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { LabError } from "../errors.ts";
import { cgroupNames, cgroupsOf } from "../linux/cgroup.ts";
import { mountsOf } from "../linux/mountinfo.ts";
import { commandLine, listPids, readOf } from "../linux/process.ts";
import type { LabPaths } from "./lab-paths.ts";
import { isAlive, markProcess, type ProcessMark } from "./lab-record.ts";
import { labIds } from "./sandbox-ids.ts";

/** What every program that containerd starts inherits: containerd's own environment says whose it is. */
export const labVariable = "CRIKIT_LAB_DIR";

/** What a process is to a lab. */
export type Part = "containerd" | "runtime" | "contained";

/** A process of a lab. */
export interface LabProcess extends ProcessMark {
  readonly part: Part;
}

/** Milliseconds between two looks, and how often we look until what was killed has to be gone. */
const pauseMs = 20;
const looks = 500;

/**
 * Kills everything that runs for a lab, and waits until it is gone. containerd first, so that nothing new is asked for;
 * then what is contained, while the shims are there to collect it; then the shims, and runc or CNI plugins that hang; and
 * then what those had under way.
 *
 * @returns the ids of the lab's sandboxes and containers, which stand still once containerd is dead
 * @throws {LabError} when a process does not die, which takes a kernel that holds it
 */
export async function sweepProcesses(paths: LabPaths, network: string): Promise<readonly string[]> {
  await killAll(paths, [], ["containerd"]);
  const ids = await labIds(paths, network);
  await killAll(paths, ids, ["contained"]);
  await killAll(paths, ids, ["runtime"]);
  await killAll(paths, ids, ["containerd", "contained", "runtime"]);
  return ids;
}

async function killAll(paths: LabPaths, ids: readonly string[], parts: readonly Part[]): Promise<void> {
  for (let look = 0; ; look++) {
    const doomed = (await labProcesses(paths, ids)).filter(({ part }) => parts.includes(part));
    if (doomed.length === 0) return;
    if (look === looks) {
      throw new LabError(`processes of the lab survive SIGKILL: ${doomed.map(({ pid }) => pid).join(", ")}`, {
        hint: "look at their state in /proc/PID/stack; the lab can be taken down again when they are gone",
      });
    }
    for (const process of doomed) await killExactly(process);
    await sleep(pauseMs);
  }
}

/** The processes of a lab that are alive now. A process that ends meanwhile is left out. */
export async function labProcesses(paths: LabPaths, ids: readonly string[]): Promise<readonly LabProcess[]> {
  const own = Number(await readlink("/proc/self"));
  const found = await Promise.all(
    (await listPids()).map(async (pid) => {
      const mark = pid === own ? undefined : await markProcess(pid);
      const part = mark === undefined ? undefined : await partOf(pid, paths, ids).catch(() => undefined);
      return mark === undefined || part === undefined ? undefined : { ...mark, part };
    }),
  );
  return found.filter((process) => process !== undefined);
}

async function partOf(pid: number, paths: LabPaths, ids: readonly string[]): Promise<Part | undefined> {
  const words = await commandLine(pid);
  if (words.length === 0) return undefined; // a kernel thread
  if (words[1] === "--config" && words[2] === paths.config) return "containerd"; // as we start it
  const shim = basename(words[0] ?? "").startsWith("containerd-shim");
  if (shim && words[words.indexOf("-address") + 1] === paths.socket) return "runtime";
  const environment = ((await readOf(`/proc/${pid}/environ`)) ?? "").split("\0");
  if (environment.includes(`${labVariable}=${paths.dir}`)) return "runtime";
  const root = (await mountsOf(pid)).find(({ mountPoint }) => mountPoint === "/");
  // An overlay names the lab's folder in its options, a bind mount in its root: at the start of a path, for the path of
  // somebody else's folder may end as ours.
  const places = [root?.root ?? "", ...(root?.superOptions ?? "").split(/[=:,]/u)];
  if (places.some((place) => place.startsWith(`${paths.dir}/`))) return "contained";
  const memberships = await cgroupsOf(pid);
  return ids.some((id) => cgroupNames(memberships, id)) ? "contained" : undefined;
}

/** Looks once more who has that pid, as late as one can without a pidfd. */
async function killExactly(mark: ProcessMark): Promise<void> {
  if (!(await isAlive(mark))) return;
  try {
    kill(mark.pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
