import { HostError } from "../errors.ts";
import { sweepNetnsNames } from "../linux/netns-name.ts";

/**
 * Takes away the names that crikit gave to the network namespace of a pod that is gone. Whoever may remove a pod over the
 * runtime's socket may not change this machine's mounts: then the names stay until `crikit netns gc`.
 */
export async function forgetNames(): Promise<void> {
  try {
    await sweepNetnsNames();
  } catch (error) {
    const errno = error instanceof Error && "code" in error ? error.code : undefined;
    if (!(error instanceof HostError) && errno !== "EACCES" && errno !== "EPERM") throw error;
  }
}
