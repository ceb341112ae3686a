import { connect } from "../cri/connect.ts";
import { isAbandoned } from "./abandoned-labs.ts";
import { labRecords } from "./lab-index.ts";
import { labPaths } from "./lab-paths.ts";
import { isAlive, type Adaptation, type LabRecord } from "./lab-record.ts";

/** A lab of this machine, as it is now. */
export interface LabStatus {
  readonly name: string;
  /** `dead`: its containerd does not answer; what is left of it waits to be taken down. */
  readonly state: "running" | "starting" | "going-down" | "dead";
  readonly endpoint: string;
  readonly dir: string;
  /** What containerd said of itself over CRI; absent when it does not answer. */
  readonly runtimeVersion?: string | undefined;
  readonly containerd: { readonly path: string; readonly version: string; readonly pid?: number | undefined };
  readonly runc: { readonly path: string; readonly version: string };
  readonly bridge: string;
  readonly subnets: readonly string[];
  /** Runtime handlers, the default one first. */
  readonly handlers: readonly string[];
  readonly adaptations: readonly Adaptation[];
  /** It goes with the process that made it. */
  readonly ephemeral: boolean;
  /** That process is gone: the next lab that comes up sweeps this one. */
  readonly abandoned: boolean;
  readonly log: string;
}

/** Every lab of this machine, by name. Each is asked for its version; one that does not answer in two seconds is dead. */
export async function labStatus(): Promise<readonly LabStatus[]> {
  return Promise.all((await labRecords()).map(statusOf));
}

async function statusOf(record: LabRecord): Promise<LabStatus> {
  const { name, endpoint, dir, containerd, runc, network, handlers, adaptations, ephemeral } = record;
  const runtimeVersion = await ask(endpoint);
  const alive = containerd.process !== undefined && (await isAlive(containerd.process));
  return {
    name,
    state: await stateOf(record, runtimeVersion),
    endpoint,
    dir,
    runtimeVersion,
    containerd: {
      path: containerd.path,
      version: containerd.version,
      pid: alive ? containerd.process?.pid : undefined,
    },
    runc,
    bridge: network.bridge,
    subnets: network.subnets,
    handlers,
    adaptations,
    ephemeral,
    abandoned: await isAbandoned(record),
    log: labPaths(dir).log,
  };
}

async function stateOf(record: LabRecord, answer: string | undefined): Promise<LabStatus["state"]> {
  if (record.phase === "up") return answer === undefined ? "dead" : "running";
  if (record.phase === "starting" && !(await isAlive(record.owner))) return "dead";
  return record.phase;
}

async function ask(endpoint: string): Promise<string | undefined> {
  try {
    await using connection = await connect(endpoint, { env: {}, connectTimeoutMs: 2_000 });
    return connection.version.runtimeVersion;
  } catch {
    return undefined;
  }
}
