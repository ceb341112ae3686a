import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NamespaceKind, namespaceKinds } from "../../../src/linux/namespace.ts";

/** A process of the tree. */
export interface FakeProcess {
  readonly pid: number;
  /** Names of its namespaces; the same name is the same namespace. The host's where a kind is left out. */
  readonly namespaces?: Partial<Record<NamespaceKind, string>>;
  readonly state?: string;
  readonly startTimeTicks?: number;
  readonly cgroup?: string;
  readonly comm?: string;
}

/**
 * A small /proc in a folder. A namespace is an ordinary file here, linked from every process that is in it: what counts
 * is its device and its inode. Pid 1 is the host.
 */
export class ProcTree implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), "crikit-proc-"));

  constructor(processes: readonly FakeProcess[]) {
    mkdirSync(join(this.root, "namespaces"));
    this.add({ pid: 1, cgroup: "/" });
    this.link("self", 1);
    for (const one of processes) this.add(one);
  }

  /** Adds a process, or puts another in the place of one. */
  add({
    pid,
    namespaces = {},
    state = "S",
    startTimeTicks = 100 + pid,
    cgroup = "/",
    comm = "sleep",
  }: FakeProcess): void {
    const folder = join(this.root, String(pid));
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, "ns"), { recursive: true });
    for (const kind of namespaceKinds) {
      const file = join(this.root, "namespaces", `${kind}-${namespaces[kind] ?? "host"}`);
      writeFileSync(file, "", { flag: "a" });
      linkSync(file, join(folder, "ns", kind));
    }
    const fields = Array.from({ length: 30 }, (_, at) => (at === 18 ? startTimeTicks : 0));
    writeFileSync(join(folder, "stat"), `${pid} (${comm}) ${state} ${fields.join(" ")}\n`);
    writeFileSync(join(folder, "cgroup"), `4:memory:${cgroup}\n0::${cgroup}\n`);
  }

  /** Makes another name for a process. */
  link(name: string, pid: number): void {
    symlinkSync(String(pid), join(this.root, name));
  }

  /** Takes a process away. */
  end(pid: number): void {
    rmSync(join(this.root, String(pid)), { recursive: true });
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true });
  }
}
