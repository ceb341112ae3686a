import { userInfo } from "node:os";
import { resolve } from "node:path";
import { connect } from "../cri/connect.ts";
import { CancelledError, CrikitError, LabError } from "../errors.ts";
import { buildLabImages, pauseImage } from "../images/lab-images.ts";
import { loadImages } from "../images/load.ts";
import { Scope } from "../lifetime.ts";
import { sweepAbandonedLabs } from "./abandoned-labs.ts";
import { claimLab } from "./claim-lab.ts";
import { startContainerd, untilItAnswers, untilReady } from "./containerd-process.ts";
import { labHandlers, writeLabFiles } from "./lab-files.ts";
import { labPaths } from "./lab-paths.ts";
import { placeOf, type LabPlace } from "./lab-place.ts";
import { bootId, isAlive, writeLabRecord, type LabRecord } from "./lab-record.ts";
import { chooseSnapshotter, readMachine } from "./machine.ts";
import { makeHostPortChains } from "./nat.ts";
import { findPrograms } from "./programs.ts";
import { takeDown } from "./take-down.ts";

/** How to bring a lab up. */
export interface LabOptions extends LabPlace {
  /** Path of a containerd, 1.6 or newer. The machine's own when absent. */
  readonly containerd?: string | undefined;
  /** Gives up; what was made is taken down again. */
  readonly signal?: AbortSignal | undefined;
  /** Told what is being done, in a few words, before it is done. */
  readonly onStep?: ((step: string) => void) | undefined;
  /** The lab is nobody's when this process is gone, and the next lab that comes up sweeps it. */
  readonly ephemeral?: boolean | undefined;
  /** Adds handlers that break what a pod promises, to see whether it is noticed. */
  readonly saboteurs?: boolean | undefined;
}

/**
 * Brings a lab up, or finds it up. What is left of a dead lab of that name is taken down first.
 *
 * @throws {LabError} when this machine lacks something, or containerd does not come up; nothing is left then
 * @throws {CancelledError} when the signal aborts; nothing is left then
 */
export async function startLab(options: LabOptions): Promise<LabRecord> {
  const { signal, onStep = () => undefined } = options;
  if (userInfo().uid !== 0) {
    throw new LabError("a lab needs root: it makes namespaces, mounts and a bridge", {
      hint: "run the same with sudo",
    });
  }
  if (signal?.aborted === true) throw cancelled(signal);
  await sweepAbandonedLabs().catch((error: unknown) => {
    // Somebody else's failed clean-up must not keep this lab down.
    onStep(`an abandoned lab stays: ${error instanceof Error ? error.message : String(error)}`);
  });
  const { name, dir, record: there } = await placeOf(options);
  if (there !== undefined) {
    if (await answers(there)) return sameLab(there, options);
    if (there.phase === "starting" && (await isAlive(there.owner))) {
      throw new LabError(`the lab '${name}' is being brought up by process ${there.owner.pid}`);
    }
    onStep(`taking down what is left of the lab '${name}'`);
    await takeDown(there);
  }
  return bringUp({ name, dir }, options, onStep);
}

async function bringUp(
  { name, dir }: { readonly name: string; readonly dir: string },
  { containerd, ephemeral = false, saboteurs = false, signal }: LabOptions,
  onStep: (step: string) => void,
): Promise<LabRecord> {
  onStep("looking at this machine");
  const programs = await findPrograms(containerd);
  const images = await buildLabImages();
  const machine = await readMachine();
  const handlers = labHandlers(programs, { dir, withSaboteurs: saboteurs });
  const claimed = await claimLab(
    {
      name,
      dir,
      ephemeral,
      containerd: { path: programs.containerd.path, version: programs.containerd.version },
      runc: programs.runc,
      handlers: Object.keys(handlers),
      adaptations: machine.adaptations,
      ipv6: machine.ipv6,
    },
    signal,
  );
  await using givingUp = new Scope();
  givingUp.defer(() => takeDown(claimed));
  try {
    await makeHostPortChains(machine);
    const choice = await chooseSnapshotter(dir);
    const adapted = { ...claimed, adaptations: [...machine.adaptations, ...choice.adaptations] };
    await writeLabFiles(adapted, { programs, machine, snapshotter: choice.snapshotter });

    signal?.throwIfAborted();
    onStep(`starting containerd ${programs.containerd.version}`);
    const started = await startContainerd(programs.containerd.path, labPaths(dir));
    const running = { ...adapted, containerd: { ...adapted.containerd, process: started.process } };
    await writeLabRecord(running);
    await using connection = await untilItAnswers(started, signal);
    onStep("loading the lab's images");
    await loadImages(connection, images, { signal, pinned: [pauseImage] });
    onStep("waiting until runtime and network are ready");
    await untilReady(connection, signal);

    const up: LabRecord = { ...running, phase: "up" };
    await writeLabRecord(up);
    givingUp.keep();
    return up;
  } catch (error) {
    throw signal?.aborted === true && !(error instanceof CrikitError) ? cancelled(signal) : error;
  }
}

/** How long a containerd that runs may take to answer before its lab is taken for dead, pods and all. Milliseconds. */
const patienceMs = 15_000;

/** Whether the lab is up and well, so that it can be handed out as it is. */
async function answers({ phase, bootId: boot, containerd, endpoint }: LabRecord): Promise<boolean> {
  if (phase !== "up" || boot !== (await bootId())) return false;
  if (containerd.process === undefined || !(await isAlive(containerd.process))) return false;
  try {
    await using _ = await connect(endpoint, { env: {}, connectTimeoutMs: patienceMs });
    return true;
  } catch {
    return false;
  }
}

function sameLab(record: LabRecord, { containerd, saboteurs = false }: LabOptions): LabRecord {
  const hint = `take it down first: crikit lab down --name ${record.name}`;
  if (containerd !== undefined && resolve(containerd) !== record.containerd.path) {
    throw new LabError(`the lab '${record.name}' is up with ${record.containerd.path}`, { hint });
  }
  if (saboteurs && !record.handlers.includes("unshared")) {
    throw new LabError(`the lab '${record.name}' is up without saboteurs`, { hint });
  }
  return record;
}

function cancelled(signal: AbortSignal): CancelledError {
  return new CancelledError("bringing the lab up was cancelled", { cause: signal.reason });
}
