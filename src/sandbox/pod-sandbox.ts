import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Line } from "../cri/connect.ts";
import type { DeepPartial, PodSandboxConfig } from "../cri/messages.ts";
import { CrikitError, type ErrorCode, UnreachableError } from "../errors.ts";
import { Scope } from "../lifetime.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { Container, type ContainerPlan } from "./container.ts";
import { podSandboxDetails, type PodSandboxDetails } from "./details.ts";
import { attemptLabel, podSandboxConfig, type PodSandboxPlan } from "./plan.ts";

/** Milliseconds that clean-up may take; it runs after a cancellation too, so it has a limit of its own. */
const cleanUpMs = 60_000;

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
   * left behind, also when the call was given up and the runtime finished it all the same.
   *
   * @throws {RuntimeFailedError} when the runtime or CNI refuses
   * @see CRI RuntimeService.RunPodSandbox
   */
  static async run(line: Line, plan: PodSandboxPlan, options: CallOptions = {}): Promise<PodSandbox> {
    const attempt = randomUUID();
    const config = podSandboxConfig(plan, attempt);
    await using giveUp = new Scope();
    let failure: unknown;
    giveUp.defer(() => removeAttempt(line, attempt, failure));
    try {
      const runtimeHandler = plan.runtimeHandler ?? "";
      const { podSandboxId } = await line.runtime.runPodSandbox({ config, runtimeHandler }, options);
      giveUp.keep();
      return new PodSandbox(line, podSandboxId, config);
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
    await removePodSandbox(this.#line, this.id, options);
  }

  // Without the caller's signal: clean-up has to run after a cancellation too.
  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove({ timeoutMs: cleanUpMs });
  }
}

/** Failures after which the runtime may still be at work on what we asked. */
const uncertain: ReadonlySet<ErrorCode> = new Set(["cancelled", "deadline-exceeded", "connection-lost"]);

/** Removes what an attempt left, found by its label. An attempt that we gave up on may show itself a little later. */
async function removeAttempt(line: Line, attempt: string, failure: unknown): Promise<void> {
  if (failure instanceof UnreachableError) return; // nothing was asked for
  const looks = failure instanceof CrikitError && uncertain.has(failure.code) ? [0, 250, 1_000] : [0];
  for (const pauseMs of looks) {
    await sleep(pauseMs);
    const filter = { labelSelector: { [attemptLabel]: attempt } };
    const { items } = await line.runtime.listPodSandbox({ filter }, { timeoutMs: cleanUpMs });
    for (const { id } of items) await removePodSandbox(line, id, { timeoutMs: cleanUpMs });
  }
}

async function removePodSandbox(line: Line, podSandboxId: string, options: CallOptions): Promise<void> {
  try {
    await line.runtime.stopPodSandbox({ podSandboxId }, options);
  } catch (error) {
    // containerd 1.6 answers so for a sandbox that is gone, against the CRI's word that Stop is idempotent.
    if (!(error instanceof CrikitError && error.code === "not-found")) throw error;
  }
  await line.runtime.removePodSandbox({ podSandboxId }, options);
}
