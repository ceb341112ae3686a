import type { Line } from "../cri/connect.ts";
import { type ContainerConfig, ContainerState, type DeepPartial, PodSandboxState } from "../cri/messages.ts";
import { NotFoundError, RuntimeFailedError } from "../errors.ts";
import { Scope } from "../lifetime.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { Container } from "./container.ts";
import { recordedContainer, recordedPodSandbox, type RecordedPodSandbox } from "./recorded-config.ts";
import { startContainer } from "./start-container.ts";

/** Which container is restarted, and how. */
export interface RestartPlan {
  readonly containerId: string;
  /** Seconds that it gets to end when it still runs. */
  readonly graceSeconds: number;
}

/** A container that took the place of another. */
export interface Restarted {
  readonly containerId: string;
  /** The id of the one that it took the place of; its own when that had never run. */
  readonly replaced: string;
  readonly attempt: number;
}

/**
 * Runs a container again. CRI has no such call, and a container runs once: so another is created from the same config, its
 * attempt one higher, and the old one is removed when the new one runs. Its log goes on in the same file, or in the file of
 * the new attempt where the attempt is the file's name, as kubelet has it. When it cannot be done the old one stays, stopped.
 *
 * @throws {NotFoundError} when it is gone, or the runtime does not tell what it was made from
 * @throws {RuntimeFailedError} when its pod is not ready, or the runtime refuses
 */
export async function restartContainer(
  line: Line,
  { containerId, graceSeconds }: RestartPlan,
  options: CallOptions = {},
): Promise<Restarted> {
  const { status, verbose, config } = await recordedContainer(line, containerId, options);
  if (status.state === ContainerState.CONTAINER_CREATED) {
    await startContainer(line, containerId, options);
    return { containerId, replaced: containerId, attempt: status.metadata?.attempt ?? 0 };
  }
  const pod = await podOf(line, { containerId, podSandboxId: verbose.podSandboxId }, options);
  if (status.state !== ContainerState.CONTAINER_EXITED) {
    const timeoutMs = options.timeoutMs === undefined ? undefined : options.timeoutMs + graceSeconds * 1_000;
    await line.runtime.stopContainer({ containerId, timeout: BigInt(graceSeconds) }, { ...options, timeoutMs });
  }
  const next = nextAttempt(config);
  await using giveUp = new Scope();
  const home = { id: pod.status.id, config: pod.config };
  const container = giveUp.use(await Container.createConfig(line, { pod: home, config: next }, options));
  await container.start(options);
  giveUp.keep();
  await line.runtime.removeContainer({ containerId }, options);
  return { containerId: container.id, replaced: containerId, attempt: next.metadata?.attempt ?? 0 };
}

async function podOf(
  line: Line,
  { containerId, podSandboxId }: { readonly containerId: string; readonly podSandboxId: string | undefined },
  options: CallOptions,
): Promise<RecordedPodSandbox> {
  const { endpoint } = line;
  const who = containerId.slice(0, 13);
  if (podSandboxId === undefined) {
    throw new NotFoundError(`the runtime on ${endpoint} does not tell the pod of container ${who}`, { endpoint });
  }
  const pod = await recordedPodSandbox(line, podSandboxId, options);
  if (pod.status.state === PodSandboxState.SANDBOX_READY) return pod;
  const answer = `its pod ${podSandboxId.slice(0, 13)} is not ready`;
  throw new RuntimeFailedError(
    `container ${who} cannot run again: ${answer}`,
    { status: "FAILED_PRECONDITION", answer },
    { endpoint, hint: "remove the pod with 'crikit rmp', and run a new one" },
  );
}

/** The config of the attempt after. Pure. */
export function nextAttempt(config: DeepPartial<ContainerConfig>): DeepPartial<ContainerConfig> {
  const { metadata = {}, logPath = "" } = config;
  const attempt = metadata.attempt ?? 0;
  const ownFile = new RegExp(`(^|/)${attempt}\\.log$`, "u");
  return {
    ...config,
    metadata: { ...metadata, attempt: attempt + 1 },
    ...(logPath === "" ? {} : { logPath: logPath.replace(ownFile, `$1${attempt + 1}.log`) }),
  };
}
