import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { expect } from "vitest";

/** What a lab could leave on a machine, kind by kind, each sorted. Namespaces and mounts are those of this process. */
export interface HostSnapshot {
  readonly mounts: readonly string[];
  /** Processes of a runtime, and those that live in another mount namespace than we do. Zombies are dead. */
  readonly processes: readonly string[];
  readonly links: readonly string[];
  /** nat and filter, IPv4 and IPv6, without counters. The built-in chains of a table that is empty do not count. */
  readonly rules: readonly string[];
  /** Everything below `/run`, `/var/lib/cni` and `/var/lib/crikit`, and what is in `/tmp` itself. */
  readonly files: readonly string[];
  readonly cgroups: readonly string[];
  /** Forwarding, and what the kernel turns with it, of the interfaces that stay. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Looks at the machine. */
export function snapshotHost(): HostSnapshot {
  return {
    mounts: mountinfo().map((fields) => fields[4] ?? ""),
    processes: processes(),
    links: links(),
    rules: ["iptables-save", "ip6tables-save"].flatMap(rules),
    files: [
      ...["/run", "/var/lib/cni", "/var/lib/crikit"].flatMap((folder) => entries(folder)),
      ...names("/tmp").filter((name) => /^crikit-(?!tests-)/u.test(name)),
    ].toSorted(),
    cgroups: mountinfo()
      .filter((fields) => fields.includes("cgroup") || fields.includes("cgroup2"))
      .flatMap((fields) => folders(fields[4] ?? ""))
      // Others make cgroups too, and at any time: only what a container runtime names is a runtime's.
      .filter((path) => /\/(?:k8s\.io|kubepods|crikit)|[0-9a-f]{64}/u.test(path))
      .toSorted(),
    settings: settings(),
  };
}

/**
 * Fails with what differs unless the machine is as it was. The kernel takes a moment to bury cgroups and processes, so it
 * is given some seconds.
 */
export async function expectHostUnchanged(before: HostSnapshot): Promise<void> {
  await expect.poll(snapshotHost, { timeout: 10_000, interval: 100 }).toEqual(before);
}

function mountinfo(): readonly (readonly string[])[] {
  return lines(readFileSync("/proc/self/mountinfo", "utf8")).map((line) => line.split(" "));
}

function processes(): readonly string[] {
  const ours = readlinkSync("/proc/self/ns/mnt");
  return names("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((pid) => {
      try {
        if (/^State:\s+Z/mu.test(readFileSync(`/proc/${pid}/status`, "utf8"))) return [];
        const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        if (words === "") return []; // a kernel thread
        const runtime = /^\S*(?:containerd|containerd-shim-runc-v2|runc|crun)(?: |$)/u.test(words);
        return runtime || readlinkSync(`/proc/${pid}/ns/mnt`) !== ours ? [`${pid} ${words}`] : [];
      } catch {
        return []; // it ended meanwhile
      }
    })
    .toSorted();
}

function links(): readonly string[] {
  const found = JSON.parse(execFileSync("ip", ["-j", "link"], { encoding: "utf8" })) as { ifname: string }[];
  return found.map(({ ifname }) => ifname).toSorted();
}

function rules(program: string): readonly string[] {
  return ["nat", "filter"].flatMap((table) =>
    lines(execFileSync(program, ["-t", table], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }))
      .filter((line) => /^(?::\S+ -|-)/u.test(line)) // chains that somebody made, and rules
      .map((line) => `${program} ${table} ${line.replace(/ \[\d+:\d+\]/u, "")}`),
  );
}

function settings(): Readonly<Record<string, string>> {
  const paths = ["ipv4", "ipv6"].flatMap((family) =>
    names(`/proc/sys/net/${family}/conf`)
      .filter((name) => !/^(?:veth|crk-)/u.test(name))
      .flatMap((name) =>
        ["forwarding", "accept_redirects"].map((key) => `/proc/sys/net/${family}/conf/${name}/${key}`),
      ),
  );
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, "utf8").trim()]));
}

/** Every path below a folder, itself included. Sockets and mounts of other kinds are named, not entered. */
function entries(folder: string): readonly string[] {
  try {
    return [folder, ...readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`)];
  } catch {
    return [];
  }
}

function folders(path: string): readonly string[] {
  const below = (folder: string): readonly string[] => {
    try {
      return readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .flatMap((entry) => [`${folder}/${entry.name}`, ...below(`${folder}/${entry.name}`)]);
    } catch {
      return [];
    }
  };
  return below(path);
}

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function lines(text: string): readonly string[] {
  return text.split("\n").filter((line) => line !== "");
}
