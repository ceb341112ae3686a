import { readdir, readFile, rmdir, stat, writeFile } from "node:fs/promises";
import { hostPortChains } from "./nat-rules.ts";
import { topCgroups } from "./sweep-cgroups.ts";
import { readNat } from "./nat.ts";
import { readShimSockets } from "./sweep-shim-sockets.ts";

/**
 * What of the machine's own a lab's pods change, as it was before the first lab came up. Labs that come up beside one
 * another hand it on, so that the last one to go puts everything back.
 */
export interface HostBefore {
  /** Kernel settings by their path below `/proc/sys`. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Folders that were not there, parents first. */
  readonly absentFolders: readonly string[];
  /** The names of the topmost cgroups that were there. */
  readonly cgroups: readonly string[];
  /** The names of the shims' sockets that were there. */
  readonly shimSockets: readonly string[];
  /** The chains that all of CNI's host ports share, and that were there. */
  readonly hostPortChains: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] };
}

/** Looks at the machine as it is now. */
export async function readHostBefore(): Promise<HostBefore> {
  const folders = [
    "/run/containerd",
    "/run/containerd/s", // the sockets of all containerds' shims
    "/var/lib/cni",
    "/var/lib/cni/results", // libcni's cache, of all networks
    "/run/netns",
    "/run/mount", // mount(8)
    "/run/crun", // crun, whatever root it is given
  ];
  const absent = await Promise.all(folders.map(async (path) => ((await exists(path)) ? [] : [path])));
  return {
    sysctls: Object.fromEntries(await readSysctls()),
    absentFolders: absent.flat(),
    cgroups: await topCgroups(),
    shimSockets: await readShimSockets(),
    hostPortChains: { ipv4: hostPortChains(await readNat(4)), ipv6: hostPortChains(await readNat(6)) },
  };
}

/** Puts kernel settings and folders back. The chains are the business of `sweepHostPorts`. */
export async function restoreHost({ sysctls, absentFolders }: HostBefore): Promise<void> {
  for (const [family, forwarding] of Object.entries(forwardings)) {
    if (sysctls[forwarding] === undefined || sysctls[forwarding] === (await readSysctl(forwarding))) continue;
    for (const [path, value] of Object.entries(sysctls).filter(([path]) => path.startsWith(`net/${family}/`))) {
      await writeFile(`/proc/sys/${path}`, value).catch(ifGone);
    }
  }
  for (const path of absentFolders.toReversed()) await rmdir(path).catch(() => undefined); // only if empty
}

/** The setting of each address family that CNI's bridge plugin writes. */
const forwardings = { ipv4: "net/ipv4/ip_forward", ipv6: "net/ipv6/conf/all/forwarding" } as const;

/**
 * CNI's bridge plugin turns forwarding on, which turns it on for every interface, and more with it: writing the first
 * setting back turns all of them off, the others are what differed from it.
 *
 * @see ip-sysctl.rst of the kernel: `ip_forward`, `conf/all/forwarding`
 */
async function readSysctls(): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  for (const [family, forwarding] of Object.entries(forwardings)) {
    const first = await readSysctl(forwarding);
    if (first === undefined) continue; // no such family
    found.push([forwarding, first]);
    const interfaces = await readdir(`/proc/sys/net/${family}/conf`).catch(() => []);
    const others = interfaces.map((name) => `net/${family}/conf/${name}/forwarding`);
    for (const path of [...others, `net/${family}/conf/all/accept_redirects`]) {
      const value = await readSysctl(path);
      if (value !== undefined && value !== first) found.push([path, value]);
    }
  }
  return found;
}

async function readSysctl(path: string): Promise<string | undefined> {
  return (await readFile(`/proc/sys/${path}`, "utf8").catch(() => undefined))?.trim();
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** An interface that is gone has no settings. */
function ifGone(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
}
