import type { MeasuredPod } from "../measure.ts";
import type { Finding } from "../verdict.ts";
import { type CheckSource, unlessAborted } from "./check.ts";
import { checkExec } from "./exec.ts";
import { checkModes } from "./modes.ts";
import { checkNetwork } from "./network.ts";
import { checkOrphanPins } from "./orphan-pins.ts";
import { checkOwner } from "./owner.ts";
import { checkPin } from "./pin.ts";

/** The checks beside the namespaces themselves, in the order of their findings. `exec` changes something: see {@link checkExec}. */
export const furtherChecks = ["modes", "pin", "owner", "addresses", "loopback", "exec", "orphan-pin"] as const;

/** One of them. */
export type FurtherCheck = (typeof furtherChecks)[number];

/** Those that only look. */
export const lookingChecks: readonly FurtherCheck[] = furtherChecks.filter((check) => check !== "exec");

/**
 * Makes some checks of pods that were measured before, one after the other. What two of them need is read once.
 *
 * @param chosen all that only look when absent
 * @throws {CancelledError} when the signal of the source aborts
 * @throws {CrikitError} when the runtime fails for another reason than that a pod is gone
 */
export async function runChecks(
  pods: readonly MeasuredPod[],
  source: CheckSource,
  chosen: readonly FurtherCheck[] = lookingChecks,
): Promise<readonly Finding[]> {
  unlessAborted(source);
  const findings: Finding[] = [];
  if (chosen.includes("modes")) findings.push(...(await checkModes(pods, source)));
  if (chosen.includes("pin")) findings.push(...(await checkPin(pods, source)));
  if (chosen.includes("owner")) findings.push(...(await checkOwner(pods, source)));
  if (chosen.includes("addresses") || chosen.includes("loopback")) {
    const network = await checkNetwork(pods, source);
    if (chosen.includes("addresses")) findings.push(...network.addresses);
    if (chosen.includes("loopback")) findings.push(...network.loopback);
  }
  if (chosen.includes("exec")) findings.push(...(await checkExec(pods, source)));
  if (chosen.includes("orphan-pin")) findings.push(...(await checkOrphanPins(pods, source)));
  return findings;
}
