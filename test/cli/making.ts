import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { busyboxImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { Scope } from "../../src/lifetime.ts";
import { removePodSandbox } from "../../src/sandbox/remove-pod-sandbox.ts";
import { crikit, type Ended, type RunOptions } from "./crikit.ts";

/** Runs until it is told to end, which it does at once. */
export const idle = ["sh", "-c", "echo hello; trap 'exit 0' TERM; sleep 600 & wait"];

/** A lab, a folder for config files, and the program pointed at the lab. */
export class Workshop implements AsyncDisposable {
  readonly lab: Lab;
  readonly line: Connection;
  readonly folder: string;
  readonly #scope: Scope;

  private constructor(lab: Lab, line: Connection, { folder, scope }: { folder: string; scope: Scope }) {
    this.lab = lab;
    this.line = line;
    this.folder = folder;
    this.#scope = scope;
  }

  static async open(name: string, containerd: string): Promise<Workshop> {
    await using giveUp = new Scope();
    const folder = mkdtempSync(join(tmpdir(), `crikit-${name}-`));
    giveUp.defer(async () => rmSync(folder, { recursive: true }));
    const lab = await Lab.start({ name: `cli-${name}-${process.pid}`, containerd, ephemeral: true });
    giveUp.defer(() => lab.down());
    const line = giveUp.use(await lab.connect());
    return new Workshop(lab, line, { folder, scope: giveUp.move() });
  }

  /** Runs `crikit -r ENDPOINT ...argv`. */
  run(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return crikit(["-r", this.lab.endpoint, ...argv], options);
  }

  /** The same under the name crictl. */
  crictl(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return crikit(["crictl", "-r", this.lab.endpoint, ...argv], options);
  }

  /** The RPCs that a command makes, but for the streamed lists that these runtimes lack. */
  async rpcsOf(argv: readonly string[], name: "run" | "crictl" = "run"): Promise<readonly string[]> {
    const { stderr } = await this[name](["-D", ...argv]);
    return [...stderr.matchAll(/^debug: (\w+) on/gmu)]
      .map(([, rpc = ""]) => rpc)
      .filter((rpc) => !rpc.startsWith("Stream"));
  }

  /** Writes a config file. @returns its path */
  file(name: string, content: object): string {
    const path = join(this.folder, name);
    writeFileSync(path, JSON.stringify(content));
    return path;
  }

  /** A pod's config as crictl's users write it. */
  pod(name: string, more: object = {}): string {
    return this.file(`pod-${name}.json`, {
      metadata: { name, namespace: "shop" },
      log_directory: join(this.folder, "logs"),
      linux: { security_context: { namespace_options: { pid: 1 } } },
      ...more,
    });
  }

  /** A container's config as crictl's users write it. */
  container(name: string, more: object = {}): string {
    return this.file(`container-${name}.json`, {
      metadata: { name },
      image: { image: busyboxImage },
      command: idle,
      log_path: `${name}/0.log`,
      linux: { security_context: { namespace_options: { pid: 1 } } },
      ...more,
    });
  }

  async pods(): Promise<readonly string[]> {
    return (await this.line.runtime.listPodSandbox({})).items.map(({ metadata }) => metadata?.name ?? "");
  }

  async containers(): Promise<readonly string[]> {
    return (await this.line.runtime.listContainers({})).containers.map(({ metadata }) => metadata?.name ?? "");
  }

  /** Removes every pod of the lab. */
  async clear(): Promise<void> {
    for (const pod of (await this.line.runtime.listPodSandbox({})).items) await removePodSandbox(this.line, pod);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope[Symbol.asyncDispose]();
  }
}

/** Where the machine's cgroup hierarchies are mounted. */
export function cgroupMounts(): readonly string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" "))
    .filter((fields) => fields.includes("cgroup") || fields.includes("cgroup2"))
    .map((fields) => fields[4] ?? "");
}

/** The topmost cgroups that are there now, in whichever hierarchy. */
export function topCgroups(): readonly string[] {
  return [...new Set(cgroupMounts().flatMap((root) => readdirSync(root)))];
}

/** Cgroups that crikit has given to pods which are gone. A pod that lives has cgroups of its containers in its own. */
function emptyCgroups(): readonly string[] {
  const paths = cgroupMounts().flatMap((root) =>
    readdirSync(root)
      .filter((name) => name.startsWith("crikit-pod"))
      .map((name) => join(root, name)),
  );
  return paths.filter((path) => {
    try {
      return readdirSync(path, { withFileTypes: true }).every((entry) => !entry.isDirectory());
    } catch {
      return false; // it has gone meanwhile
    }
  });
}

/**
 * Waits until no pod's cgroup is left without a pod of those that are so now. What comes later is another lab's, whose pods are in
 * the making while ours are looked at.
 */
export async function nothingStranded(): Promise<void> {
  const now = emptyCgroups();
  await expect.poll(() => emptyCgroups().filter((path) => now.includes(path)), { timeout: 10_000 }).toEqual([]);
}
