import { createHash } from "node:crypto";
import { access, readdir, rmdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Line } from "../cri/connect.ts";
import { CgroupDriver, type DeepPartial, type PodSandboxMetadata } from "../cri/messages.ts";
import { createRuntimeService } from "../cri/services.ts";
import { parseStatusInfo } from "../cri/verbose-info/verbose-info.ts";
import { RuntimeFailedError, UnimplementedError } from "../errors.ts";
import { cgroupRoots } from "../linux/cgroup-roots.ts";
import { mountsOf } from "../linux/mountinfo.ts";
import { run } from "../linux/run.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** Who makes a runtime's cgroups. It decides how a cgroup parent is written. */
export type CgroupDriverWord = "systemd" | "cgroupfs";

/** Whose cgroup parent is looked for. */
export interface Newcomer {
  readonly metadata: DeepPartial<PodSandboxMetadata>;
  /** Which of the runtime's handlers will run it; the default one when empty. */
  readonly runtimeHandler?: string | undefined;
}

/** What has been learnt of each connection: a driver does not change while a runtime runs. */
const known = new WeakMap<object, Map<string, CgroupDriverWord>>();

/**
 * A cgroup of its own for a pod, as the runtime's cgroup driver wants it written. Without one containerd gives no
 * PodSandboxStats, and a pod's containers have nothing in common that the kernel would count or limit.
 *
 * It depends on the pod's identity alone, so that whoever removes the pod knows it. With cgroupfs it lies at the top: a
 * folder above it that pods shared would be removed under the hands of a runtime that makes the next pod's.
 */
export async function cgroupParentFor(line: Line, pod: Newcomer, options: CallOptions = {}): Promise<string> {
  return cgroupParent(pod.metadata, await cgroupDriver(line, pod.runtimeHandler, options));
}

/** The same where the driver is known. Pure. */
export function cgroupParent(metadata: Newcomer["metadata"], driver: CgroupDriverWord): string {
  const name = `crikit-pod${nameOf(metadata)}`;
  // Dashes nest slices; containerd looks for a pod's stats in the whole path, as kubelet gives it.
  return driver === "systemd" ? `/crikit.slice/${name}.slice` : `/${name}`;
}

/** The cgroup driver of a runtime: RuntimeConfig, else the verbose Status, else the host's own. Asked once a connection. */
export async function cgroupDriver(
  line: Line,
  runtimeHandler = "",
  options: CallOptions = {},
): Promise<CgroupDriverWord> {
  const { channel } = line.caller;
  const drivers = known.get(channel) ?? new Map<string, CgroupDriverWord>();
  known.set(channel, drivers);
  // Whoever asks at the same time asks for itself: nobody is to be given up with somebody else's signal.
  const driver = drivers.get(runtimeHandler) ?? (await ask(line, runtimeHandler, options));
  drivers.set(runtimeHandler, driver);
  return driver;
}

async function ask(line: Line, runtimeHandler: string, options: CallOptions): Promise<CgroupDriverWord> {
  // Its UNIMPLEMENTED is expected of containerd 1.x, and needs no explanation that costs another call.
  const runtime = createRuntimeService({ ...line.caller, explain: undefined });
  const config = await unlessRefused(runtime.runtimeConfig({}, options));
  if (config?.linux !== undefined) {
    return config.linux.cgroupDriver === CgroupDriver.SYSTEMD ? "systemd" : "cgroupfs";
  }
  const status = await unlessRefused(runtime.status({ verbose: true }, options));
  const info = status === undefined ? {} : await parseStatusInfo(status.info);
  return driverIn(info["config"], runtimeHandler) ?? hostsOwn();
}

/** As containerd shows its configuration. */
interface ShownConfig {
  readonly containerd?: {
    readonly defaultRuntimeName?: string;
    readonly runtimes?: Readonly<Record<string, { readonly options?: { readonly SystemdCgroup?: boolean } | null }>>;
  };
}

function driverIn(config: unknown, runtimeHandler: string): CgroupDriverWord | undefined {
  const { containerd } = (typeof config === "object" ? (config ?? {}) : {}) as ShownConfig;
  const handler = containerd?.runtimes?.[runtimeHandler || (containerd.defaultRuntimeName ?? "")];
  if (handler === undefined) return undefined;
  return handler.options?.SystemdCgroup === true ? "systemd" : "cgroupfs";
}

/** @see sd_booted(3) */
async function hostsOwn(): Promise<CgroupDriverWord> {
  return access("/run/systemd/system").then(
    () => "systemd",
    () => "cgroupfs",
  );
}

async function unlessRefused<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof UnimplementedError || error instanceof RuntimeFailedError) return undefined;
    throw error;
  }
}

/** Letters, digits and underscores, so that it means the same in a path and in a slice's name. */
function nameOf({ uid = "", namespace = "", name = "", attempt = 0 }: Newcomer["metadata"]): string {
  // Configs are copied with their uid; one that looks made by a machine is its pod's alone.
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u.test(uid)) return uid.replaceAll("-", "_");
  return createHash("sha256")
    .update(JSON.stringify([namespace, name, uid, attempt]))
    .digest("hex")
    .slice(0, 32);
}

/** Milliseconds between two tries at a cgroup whose last process is still being buried, and how many there are. */
const pauseMs = 20;
const tries = 150;

/**
 * Takes away the cgroup that {@link cgroupParentFor} gave a pod that has been removed: runtimes make it and leave it behind.
 * A pod that never had it, one of another machine's, and a lack of permission are no failures: what stays is an empty folder.
 */
export async function removeCgroupParent(metadata: Newcomer["metadata"]): Promise<void> {
  const folder = cgroupParent(metadata, "cgroupfs");
  const roots = cgroupRoots(await mountsOf("self"));
  await Promise.all(roots.map((root) => removeFolder(`${root}${folder}`)));
  const slice = cgroupParent(metadata, "systemd");
  const slices = await Promise.all(roots.map((root) => isThere(`${root}${slice}`)));
  // systemd keeps a slice that it started, empty or not, until it is told.
  if (slices.includes(true)) await run("systemctl", ["stop", "--", slice.slice(slice.lastIndexOf("/") + 1)]).catch(no);
}

async function removeFolder(path: string): Promise<void> {
  for (let attempt = 0; attempt < tries; attempt++) {
    try {
      await rmdir(path);
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EBUSY")) return;
      // A start that was given up leaves the container's own cgroup for some seconds; with a process in it, it stays.
      for (const name of await foldersIn(path)) await rmdir(`${path}/${name}`).catch(no);
      await sleep(pauseMs);
    }
  }
}

async function foldersIn(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function no(): undefined {
  return undefined;
}
