import { randomUUID } from "node:crypto";
import type { Line } from "../cri/connect.ts";
import type { DeepPartial, PodSandboxConfig, RunPodSandboxResponse } from "../cri/messages.ts";
import { UnreachableError } from "../errors.ts";
import { Scope } from "../lifetime.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { afterAttempt, attemptLabel, cleanUpMs } from "./attempt.ts";
import { carryThrough } from "./carry-through.ts";
import { cgroupParentFor, removeCgroupParent } from "./cgroup-parent.ts";
import { Container, type ContainerPlan } from "./container.ts";
import { podSandboxDetails, type PodSandboxDetails } from "./details.ts";
import { markedConfig, podSandboxConfig, type PodSandboxPlan } from "./plan.ts";
import { removePodSandbox } from "./remove-pod-sandbox.ts";
import { refuseTakenName } from "./taken-name.ts";

/** A pod sandbox whose config somebody has written. */
export interface GivenPodSandbox {
  readonly config: DeepPartial<PodSandboxConfig>;
  /** Which of the runtime's handlers runs it; the runtime's default when absent. */
  readonly runtimeHandler?: string | undefined;
  /** Refuses to make it beside a ready pod of the same namespace and name. */
  readonly uniqueName?: boolean | undefined;
}

/** A pod sandbox that this process started and will remove. Use it with `await using`. */
export class PodSandbox implements AsyncDisposable {
  readonly id: string;
  /** As it was sent: CreateContainer wants it again. */
  readonly config: DeepPartial<PodSandboxConfig>;
  readonly #line: Line;

  private constructor(line: Line, id: string, config: DeepPartial<PodSandboxConfig>) {
    this.#line = line;
    this.id = id;
    this.config = config;
  }

  /**
   * Runs a pod sandbox. Its namespaces and its network exist when the promise resolves; when it rejects, nothing of it is
   * left behind. A signal that aborts meanwhile rejects when the runtime is through with it, or after ten seconds.
   *
   * @throws {RuntimeFailedError} when the runtime or CNI refuses
   * @see CRI RuntimeService.RunPodSandbox
   */
  static run(line: Line, plan: PodSandboxPlan, options: CallOptions = {}): Promise<PodSandbox> {
    const { runtimeHandler } = plan;
    const attempt = randomUUID();
    return PodSandbox.#run(line, { config: podSandboxConfig(plan, attempt), runtimeHandler, attempt }, options);
  }

  /**
   * The same from a config that is sent as it is, but for a label that marks the attempt, and a uid and a cgroup parent
   * where it has none.
   *
   * @throws {AlreadyExistsError} when there is such a pod already
   */
  static runConfig(line: Line, given: GivenPodSandbox, options: CallOptions = {}): Promise<PodSandbox> {
    const attempt = randomUUID();
    return PodSandbox.#run(line, { ...given, config: markedConfig(given.config, attempt), attempt }, options);
  }

  static async #run(line: Line, given: Attempt, options: CallOptions): Promise<PodSandbox> {
    const { attempt, runtimeHandler = "", uniqueName } = given;
    const metadata = given.config.metadata ?? {};
    // A uid of our own making is nobody else's.
    if (uniqueName === true || metadata.uid !== attempt) await refuseTakenName(line, { metadata, uniqueName }, options);
    const linux = given.config.linux ?? {};
    const cgroupParent = linux.cgroupParent || (await cgroupParentFor(line, { metadata, runtimeHandler }, options));
    const config = { ...given.config, linux: { ...linux, cgroupParent } };
    await using giveUp = new Scope();
    let failure: unknown;
    let isThrough = false;
    giveUp.defer(async () => {
      if (failure instanceof UnreachableError) return; // nothing was asked for
      await afterAttempt(isThrough ? undefined : failure, () => removeAttempt(line, attempt));
      await removeCgroupParent(metadata);
    });
    try {
      const run = (given: CallOptions): Promise<RunPodSandboxResponse> =>
        line.runtime.runPodSandbox({ config, runtimeHandler }, given);
      const { answer, givenUp } = await carryThrough(line, "RunPodSandbox", run, options);
      isThrough = true;
      if (givenUp !== undefined) throw givenUp;
      giveUp.keep();
      return new PodSandbox(line, answer.podSandboxId, config);
    } catch (error) {
      failure = error;
      throw error;
    }
  }

  /** Creates a container in this sandbox and starts it. @throws as CreateContainer and StartContainer do; nothing is left then */
  async start(plan: ContainerPlan, options: CallOptions = {}): Promise<Container> {
    const container = await Container.create(this.#line, this, plan, options);
    await using giveUp = new Scope();
    giveUp.use(container);
    await container.start(options);
    giveUp.keep();
    return container;
  }

  /** What the runtime says of it now. @throws {NotFoundError} when it is gone @see CRI RuntimeService.PodSandboxStatus */
  details(options: CallOptions = {}): Promise<PodSandboxDetails> {
    return podSandboxDetails(this.#line, this.id, options);
  }

  /** Stops and removes the sandbox with everything in it. Harmless on one that is gone. */
  async remove(options: CallOptions = {}): Promise<void> {
    await removePodSandbox(this.#line, { id: this.id, metadata: this.config.metadata }, options);
  }

  // Without the caller's signal: clean-up has to run after a cancellation too.
  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove({ timeoutMs: cleanUpMs });
  }
}

/** One try at a pod sandbox. Its mark is in the config, and in what the runtime lists. */
interface Attempt extends GivenPodSandbox {
  readonly attempt: string;
}

/** Removes what an attempt left, found by its label. */
async function removeAttempt(line: Line, attempt: string): Promise<void> {
  const filter = { labelSelector: { [attemptLabel]: attempt } };
  const { items } = await line.runtime.listPodSandbox({ filter }, { timeoutMs: cleanUpMs });
  for (const { id, metadata } of items) await removePodSandbox(line, { id, metadata }, { timeoutMs: cleanUpMs });
}
