import { mkdir, readFile, rm } from "node:fs/promises";
import { hasCapability } from "../linux/capability.ts";
import { mountsOf } from "../linux/mountinfo.ts";
import { run } from "../linux/run.ts";
import type { Adaptation } from "./lab-record.ts";

/** What a lab has to know of the machine to get along with it. */
export interface Machine {
  readonly canLowerOomScore: boolean;
  readonly hasAppArmor: boolean;
  readonly ipv6: boolean;
  readonly cgroups: "v1" | "v2" | "hybrid";
  /** What of it makes a lab differ, for `lab status`. */
  readonly adaptations: readonly Adaptation[];
}

/** Looks what the machine has, changing nothing. */
export async function readMachine(): Promise<Machine> {
  const canLowerOomScore = await hasCapability("CAP_SYS_RESOURCE");
  const hasAppArmor = (await text("/sys/module/apparmor/parameters/enabled")) === "Y";
  const noIpv6 = await whyNoIpv6();
  const adaptations = [
    ...(canLowerOomScore
      ? []
      : [
          {
            what: "restrict_oom_score_adj = true",
            why: "CAP_SYS_RESOURCE is missing, and no pod would start without it",
          },
        ]),
    ...(hasAppArmor ? [] : [{ what: "disable_apparmor = true", why: "the kernel has no AppArmor" }]),
    ...(noIpv6 === undefined ? [] : [{ what: "pods get IPv4 addresses only", why: noIpv6 }]),
  ];
  return { canLowerOomScore, hasAppArmor, ipv6: noIpv6 === undefined, cgroups: await cgroupVersion(), adaptations };
}

/** A snapshotter that works below a folder. */
export interface SnapshotterChoice {
  readonly snapshotter: "overlayfs" | "native";
  readonly adaptations: readonly Adaptation[];
}

/**
 * Whether overlayfs works below `dir`, by mounting one: it does not on another overlay, on some network file systems, and
 * where the kernel lacks it. containerd's native snapshotter copies instead, which is slow and always works.
 */
export async function chooseSnapshotter(dir: string): Promise<SnapshotterChoice> {
  const probe = `${dir}/probe`;
  for (const name of ["lower", "upper", "work", "merged"]) await mkdir(`${probe}/${name}`, { recursive: true });
  const options = `lowerdir=${probe}/lower,upperdir=${probe}/upper,workdir=${probe}/work`;
  const mounted = await run("mount", ["-t", "overlay", "overlay", "-o", options, `${probe}/merged`]);
  if (mounted.exitCode === 0) await run("umount", [`${probe}/merged`]);
  await rm(probe, { recursive: true });
  if (mounted.exitCode === 0) return { snapshotter: "overlayfs", adaptations: [] };
  return {
    snapshotter: "native",
    adaptations: [{ what: "the native snapshotter", why: `overlayfs cannot be mounted below ${dir}` }],
  };
}

async function whyNoIpv6(): Promise<string | undefined> {
  if ((await text("/proc/net/if_inet6")) === undefined) return "the kernel has no IPv6";
  if ((await text("/proc/sys/net/ipv6/conf/default/disable_ipv6")) !== "0") return "IPv6 is disabled";
  if ((await run("ip6tables-save", ["-t", "nat"])).exitCode !== 0) return "the kernel has no IPv6 nat table";
  const forwards = (await text("/proc/sys/net/ipv6/conf/all/forwarding")) !== "0";
  const advertised = (await run("ip", ["-6", "route", "show", "default"])).stdout.includes(" proto ra ");
  // The kernel purges such routes when forwarding is turned on, and the machine would lose its way out.
  return advertised && !forwards ? "the machine's own default route would be lost by forwarding IPv6" : undefined;
}

async function cgroupVersion(): Promise<Machine["cgroups"]> {
  const types = new Set((await mountsOf("self")).map(({ fileSystem }) => fileSystem));
  if (!types.has("cgroup")) return "v2";
  return types.has("cgroup2") ? "hybrid" : "v1";
}

async function text(path: string): Promise<string | undefined> {
  return (await readFile(path, "utf8").catch(() => undefined))?.trim();
}
