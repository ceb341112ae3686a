import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { LabError } from "../errors.ts";
import { run } from "../linux/run.ts";
import { neededPlugins } from "./cni-config.ts";

/** A program of this machine, and the version it says it is. */
export interface Program {
  readonly path: string;
  readonly version: string;
}

/** What a lab is made of: found on this machine, none of it changed. */
export interface Programs {
  readonly containerd: Program & { readonly major: number; readonly minor: number };
  readonly runc: Program;
  /** Absent where it is not installed, or does not run. */
  readonly crun: Program | undefined;
  /** The folder of CNI plugins that has all that a lab needs. */
  readonly cniPlugins: string;
}

/** Where programs are, on every distribution; a lab's containerd gets no other PATH. */
export const programFolders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"] as const;

/** Where distributions and projects put CNI plugins: Debian, the CNI project, Fedora, openSUSE. */
const pluginFolders = [
  "/usr/lib/cni",
  "/opt/cni/bin",
  "/usr/libexec/cni",
  "/usr/local/libexec/cni",
  "/usr/local/lib/cni",
];

/**
 * Finds what a lab needs.
 *
 * @param containerdPath another containerd than the machine's own; its shim is taken from beside it
 * @throws {LabError} for the first thing that is missing, with Debian's package for it
 */
export async function findPrograms(containerdPath?: string): Promise<Programs> {
  const path = containerdPath === undefined ? await find("containerd", "containerd") : resolve(containerdPath);
  const containerd = await describeContainerd(path);
  await find("containerd-shim-runc-v2", "containerd", [dirname(path)]);
  const runcPath = await find("runc", "runc");
  for (const program of ["ip", "iptables", "ip6tables"]) {
    await find(program, program === "ip" ? "iproute2" : "iptables");
  }
  return { containerd, runc: await describeRunc(runcPath), crun: await findCrun(), cniPlugins: await findPlugins() };
}

/** A lab can do without: one that is broken is as good as none. */
async function findCrun(): Promise<Program | undefined> {
  const path = await lookUp("crun", programFolders);
  return path === undefined ? undefined : describeRunc(path).catch(() => undefined);
}

async function describeRunc(path: string): Promise<Program> {
  return { path, version: await versionOf(path, /version (\S+)/u) };
}

async function describeContainerd(path: string): Promise<Programs["containerd"]> {
  // `containerd PACKAGE VERSION REVISION`; the package may hold a number as well.
  const version = await versionOf(path, /^containerd \S+ v?(\d+\.\d+\S*)/u);
  const [major = 0, minor = 0] = version.split(/[.~+-]/u).map(Number);
  if (major < 1 || (major === 1 && minor < 6)) {
    throw new LabError(`${path} is containerd ${version}, and CRI v1 begins with 1.6`);
  }
  return { path, version, major, minor };
}

async function versionOf(path: string, pattern: RegExp): Promise<string> {
  const { exitCode, stdout, stderr } = await run(path, ["--version"], { timeoutMs: 10_000 });
  const version = pattern.exec(stdout)?.[1];
  if (exitCode === 0 && version !== undefined) return version;
  const said = stderr.trim().split("\n")[0] ?? "";
  throw new LabError(`${path} does not run on this machine${said === "" ? "" : `: ${said}`}`, {
    hint: "is it for this machine's libc and processor?",
  });
}

async function findPlugins(): Promise<string> {
  for (const folder of pluginFolders) {
    const found = await Promise.all(neededPlugins.map((plugin) => lookUp(plugin, [folder])));
    if (!found.includes(undefined)) return folder;
  }
  throw new LabError(`no folder has the CNI plugins ${neededPlugins.join(", ")}`, {
    hint: `install them: apt-get install containernetworking-plugins (looked in ${pluginFolders.join(", ")})`,
  });
}

async function find(program: string, debian: string, first: readonly string[] = []): Promise<string> {
  const path = await lookUp(program, [...first, ...programFolders]);
  if (path !== undefined) return path;
  throw new LabError(`a lab needs ${program}, which is not on this machine`, {
    hint: `install it: apt-get install ${debian}`,
  });
}

async function lookUp(program: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = `${folder}/${program}`;
    const usable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return path;
  }
  return undefined;
}
