import { readdir, unlink } from "node:fs/promises";
import { run, runOrThrow } from "../linux/run.ts";
import { cachedId, cniCacheFolder } from "./sandbox-ids.ts";

/** Removes the lab's bridge, and the ends of pods' interfaces that are plugged into it. @throws {HostError} */
export async function sweepLinks(bridge: string): Promise<void> {
  const { exitCode, stdout } = await run("ip", ["-j", "link", "show", "master", bridge]);
  if (exitCode !== 0) return; // no such bridge
  const ports = stdout.trim() === "" ? [] : (JSON.parse(stdout) as readonly { readonly ifname?: string }[]);
  for (const name of [...ports.flatMap(({ ifname }) => ifname ?? []), bridge]) {
    // A pod's network namespace that is dying takes its end along, and the other with it.
    const { exitCode: gone } = await run("ip", ["link", "show", "dev", name]);
    if (gone === 0)
      await runOrThrow("ip", ["link", "delete", "dev", name]).catch(async (error: unknown) => {
        if ((await run("ip", ["link", "show", "dev", name])).exitCode === 0) throw error;
      });
  }
}

/** Removes what libcni remembers of the lab's pods: the lab's own network and their loopback, which has no name of ours. */
export async function sweepCniCache(network: string, ids: readonly string[]): Promise<void> {
  for (const file of await readdir(cniCacheFolder).catch(() => [])) {
    const loopback = cachedId(file, "cni-loopback");
    const ours = cachedId(file, network) !== undefined || (loopback !== undefined && ids.includes(loopback));
    if (ours) await unlink(`${cniCacheFolder}/${file}`).catch(() => undefined);
  }
}
