import type { Line } from "../cri/connect.ts";
import type { ContainerConfig, DeepPartial } from "../cri/messages.ts";
import { Scope } from "../lifetime.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { Container } from "./container.ts";
import { podLabels } from "./pod-labels.ts";
import { type GivenPodSandbox, PodSandbox } from "./pod-sandbox.ts";

/** A pod with one container. Both are the caller's to remove: removing the pod is enough. */
export interface RunningContainer {
  readonly pod: PodSandbox;
  readonly container: Container;
}

/**
 * Runs a pod sandbox, creates a container in it and starts it. When any of it fails or is given up, nothing is left.
 *
 * @param pod its image has to be there: nothing is pulled while a sandbox is up
 * @throws {AlreadyExistsError} when there is such a pod already
 * @throws {RuntimeFailedError} when the runtime refuses one of the steps
 */
export async function runContainer(
  line: Line,
  {
    pod: given,
    container: config,
  }: { readonly pod: GivenPodSandbox; readonly container: DeepPartial<ContainerConfig> },
  options: CallOptions = {},
): Promise<RunningContainer> {
  await using giveUp = new Scope();
  const pod = giveUp.use(await PodSandbox.runConfig(line, given, options));
  const labels = { ...podLabels(pod.config, config.metadata?.name ?? ""), ...config.labels };
  const container = await Container.createConfig(line, { pod, config: { ...config, labels } }, options);
  await container.start(options);
  giveUp.keep();
  return { pod, container };
}
