import type { Line } from "../cri/connect.ts";
import { type DeepPartial, type PodSandboxMetadata, PodSandboxState } from "../cri/messages.ts";
import { AlreadyExistsError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** Whose name must be free. */
interface Claim {
  readonly metadata: DeepPartial<PodSandboxMetadata>;
  /** Refuses a ready pod of the same namespace and name as well, whatever its uid: nobody could name either of them. */
  readonly uniqueName?: boolean | undefined;
}

/**
 * Refuses a pod that is there already. containerd does so itself, but CRI-O answers RunPodSandbox with the pod that it
 * has: whoever cleans up after a failure would then remove somebody else's.
 *
 * @throws {AlreadyExistsError} naming it, and how to remove it
 */
export async function refuseTakenName(line: Line, claim: Claim, options: CallOptions = {}): Promise<void> {
  const { name = "", namespace = "", uid = "", attempt = 0 } = claim.metadata;
  const { items } = await line.runtime.listPodSandbox({}, options);
  for (const { id, metadata: other, state } of items) {
    if (other?.name !== name || other.namespace !== namespace) continue;
    const isReady = state === PodSandboxState.SANDBOX_READY;
    const isSame = other.uid === uid && other.attempt === attempt;
    if (!isSame && !(isReady && claim.uniqueName === true)) continue;
    const what = namespace === "" ? name : `${namespace}/${name}`;
    throw new AlreadyExistsError(
      `there is a pod ${what} already: ${id.slice(0, 13)}, ${isReady ? "ready" : "not ready"}`,
      {
        endpoint: line.endpoint,
        hint: `'crikit rmp -f ${id.slice(0, 13)}' removes it, or give the new one another name`,
      },
    );
  }
}
