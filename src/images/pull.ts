import type { Line } from "../cri/connect.ts";
import type { DeepPartial, PodSandboxConfig } from "../cri/messages.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { withPullHint } from "./pull-hint.ts";
import { watchPull, type PullProgress } from "./pull-progress.ts";

/** What a registry is shown: CRI's AuthConfig, as far as it is known. */
export interface PullAuth {
  readonly username?: string;
  readonly password?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}

/** How an image is pulled. */
export interface PullOptions extends CallOptions {
  /** Nothing when absent: the registry is asked as anybody, or as the runtime's own configuration says. */
  readonly auth?: PullAuth | undefined;
  /** The pod that the image is for; some runtimes pull inside its limits. */
  readonly podSandboxConfig?: DeepPartial<PodSandboxConfig> | undefined;
  /** What the runtime is told beside the image's name, such as its handler. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /**
   * Told how far the layers are, a few times a second, where the runtime is containerd. The calls that this takes are made
   * only when it is there.
   */
  readonly onProgress?: ((progress: PullProgress) => void) | undefined;
}

/** An image that has been pulled. */
export interface PulledImage {
  /** What the runtime calls it from now on, however its tag moves: on containerd the digest of its config. */
  readonly imageRef: string;
}

/**
 * Pulls an image from its registry. There is no limit of time but `timeoutMs`. Given up, the runtime drops what it was
 * doing; no half image ever has a name.
 *
 * @param image its name as the registry knows it
 * @throws {NotFoundError} when the registry has no such image, where the runtime says so
 * @throws {RuntimeFailedError} with the registry's answer; no credential is in it, even if the answer quotes one
 * @throws {CancelledError} when `signal` aborts
 * @see CRI ImageService.PullImage
 */
export async function pullImage(line: Line, image: string, options: PullOptions = {}): Promise<PulledImage> {
  const { auth, podSandboxConfig, annotations = {}, onProgress, signal, timeoutMs } = options;
  const watching = onProgress && watchPull(line, image, onProgress);
  try {
    const { imageRef } = await line.image.pullImage(
      {
        image: { image, annotations: { ...annotations } },
        ...(auth === undefined ? {} : { auth }),
        ...(podSandboxConfig === undefined ? {} : { sandboxConfig: podSandboxConfig }),
      },
      { signal, timeoutMs: timeoutMs ?? Infinity },
    );
    return { imageRef };
  } catch (error) {
    throw withPullHint(error, auth !== undefined);
  } finally {
    await watching?.stop();
  }
}
