import { randomUUID } from "node:crypto";
import type { Line } from "../cri/connect.ts";
import type { ContainerConfig, DeepPartial, ExecSyncResponse, PodSandboxConfig } from "../cri/messages.ts";
import { NotFoundError } from "../errors.ts";
import { Scope } from "../lifetime.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { afterAttempt, attemptLabel, cleanUpMs, isUncertain } from "./attempt.ts";
import { podLabels } from "./pod-labels.ts";
import { containerDetails, type ContainerDetails } from "./details.ts";
import { onceSettled } from "./once-settled.ts";
import { startContainer } from "./start-container.ts";

/** What a container is to be. */
export interface ContainerPlan {
  readonly name: string;
  /** A reference that the runtime has: nothing is pulled. */
  readonly image: string;
  /** Program and arguments; the image's own when absent. */
  readonly command?: readonly string[] | undefined;
  /** Anything else that CRI knows; what is said above wins over it. */
  readonly config?: DeepPartial<ContainerConfig> | undefined;
}

/** The sandbox a container goes into, as CreateContainer wants it: by id and with the config it was made from. */
export interface Home {
  readonly id: string;
  readonly config: DeepPartial<PodSandboxConfig>;
}

/** A container whose config somebody has written, and the sandbox it goes into. */
export interface GivenContainer {
  readonly pod: Home;
  readonly config: DeepPartial<ContainerConfig>;
}

/** A container that this process created in a pod sandbox and will remove. Use it with `await using`. */
export class Container implements AsyncDisposable {
  readonly id: string;
  readonly name: string;
  readonly #line: Line;

  private constructor(line: Line, id: string, name: string) {
    this.#line = line;
    this.id = id;
    this.name = name;
  }

  /**
   * Creates a container; it does not run yet. It asks for the same namespaces as its sandbox.
   *
   * @throws {RuntimeFailedError} when the runtime refuses
   * @throws {NotFoundError} when it does not have the image
   * @see CRI RuntimeService.CreateContainer
   */
  static create(line: Line, pod: Home, plan: ContainerPlan, options: CallOptions = {}): Promise<Container> {
    return Container.createConfig(line, { pod, config: containerConfig(plan, pod.config) }, options);
  }

  /** The same from a config that is sent as it is, but for a label that marks the attempt. Nothing is left when it fails. */
  static async createConfig(
    line: Line,
    { pod, config }: GivenContainer,
    options: CallOptions = {},
  ): Promise<Container> {
    const attempt = randomUUID();
    const userSpecifiedImage = config.image?.userSpecifiedImage || config.image?.image;
    const whole = {
      ...config,
      // CRI-O refuses an image without the words the user wrote.
      image: { ...config.image, ...(userSpecifiedImage ? { userSpecifiedImage } : {}) },
      labels: { ...config.labels, [attemptLabel]: attempt },
    };
    const request = { podSandboxId: pod.id, config: whole, sandboxConfig: pod.config };
    await using giveUp = new Scope();
    let failure: unknown;
    giveUp.defer(async () => {
      if (isUncertain(failure)) await afterAttempt(failure, () => removeAttempt(line, attempt));
    });
    try {
      const { containerId } = await line.runtime.createContainer(request, options);
      giveUp.keep();
      return new Container(line, containerId, config.metadata?.name ?? "");
    } catch (error) {
      failure = error;
      throw error;
    }
  }

  /** Starts it. @see CRI RuntimeService.StartContainer */
  async start(options: CallOptions = {}): Promise<void> {
    await startContainer(this.#line, this.id, options);
  }

  /** What the runtime says of it now. @throws {NotFoundError} when it is gone @see CRI RuntimeService.ContainerStatus */
  details(options: CallOptions = {}): Promise<ContainerDetails> {
    return containerDetails(this.#line, this.id, options);
  }

  /**
   * Runs a short command in it and collects what it writes: bytes, not text. A non-zero exit code is an answer, not an error.
   *
   * @see CRI RuntimeService.ExecSync
   */
  async execSync(command: readonly string[], options: CallOptions = {}): Promise<ExecSyncResponse> {
    // The runtime's own limit, in whole seconds, kills the command; a deadline of ours alone would only stop waiting.
    const { timeoutMs = Infinity, signal } = options;
    const timeout = timeoutMs === Infinity ? 0n : BigInt(Math.max(1, Math.ceil(timeoutMs / 1_000)));
    return this.#line.runtime.execSync({ containerId: this.id, cmd: [...command], timeout }, { signal });
  }

  /** Stops it: SIGTERM, then SIGKILL after `graceSeconds`. @see CRI RuntimeService.StopContainer */
  async stop(graceSeconds: number, options: CallOptions = {}): Promise<void> {
    await this.#line.runtime.stopContainer({ containerId: this.id, timeout: BigInt(graceSeconds) }, options);
  }

  /** Kills and removes it. Harmless on one that is gone. */
  async remove(options: CallOptions = {}): Promise<void> {
    await removeContainer(this.#line, this.id, options);
  }

  // Without the caller's signal: clean-up has to run after a cancellation too.
  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove({ timeoutMs: cleanUpMs });
  }
}

async function removeContainer(line: Line, containerId: string, options: CallOptions): Promise<void> {
  await onceSettled(async () => {
    try {
      await line.runtime.stopContainer({ containerId, timeout: 0n }, options);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
    await line.runtime.removeContainer({ containerId }, options);
  });
}

/** Removes what an attempt left, found by its label. */
async function removeAttempt(line: Line, attempt: string): Promise<void> {
  const filter = { labelSelector: { [attemptLabel]: attempt } };
  const { containers } = await line.runtime.listContainers({ filter }, { timeoutMs: cleanUpMs });
  for (const { id } of containers) await removeContainer(line, id, { timeoutMs: cleanUpMs });
}

function containerConfig(plan: ContainerPlan, pod: DeepPartial<PodSandboxConfig>): DeepPartial<ContainerConfig> {
  const { config = {} } = plan;
  const securityContext = {
    namespaceOptions: pod.linux?.securityContext?.namespaceOptions ?? {},
    ...config.linux?.securityContext,
  };
  return {
    ...config,
    metadata: { attempt: 0, ...config.metadata, name: plan.name },
    image: { ...config.image, image: plan.image },
    labels: { ...podLabels(pod, plan.name), ...config.labels },
    ...(plan.command === undefined ? {} : { command: [...plan.command] }),
    linux: { ...config.linux, securityContext },
  };
}
