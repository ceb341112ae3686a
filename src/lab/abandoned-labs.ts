import { isUntidy, labRecords, tidyLabsFolder } from "./lab-index.ts";
import { withLabsLocked } from "./lab-lock.ts";
import { bootId, isAlive, type LabRecord } from "./lab-record.ts";
import { takeDown } from "./take-down.ts";

/** Whether a lab was to go with the process that made it, and that process is gone. */
export async function isAbandoned({ ephemeral, bootId: boot, owner }: LabRecord): Promise<boolean> {
  return ephemeral && !(boot === (await bootId()) && (await isAlive(owner)));
}

/**
 * Takes down the ephemeral labs whose owner is gone: a test run or a demo that was killed. What somebody left who was
 * killed before there was a lab goes as well.
 *
 * @returns the names of those labs
 * @throws {AggregateError} when some of them could not be taken down; the others are
 */
export async function sweepAbandonedLabs(): Promise<readonly string[]> {
  const swept: string[] = [];
  const failed: unknown[] = [];
  for (const record of await labRecords()) {
    if (!(await isAbandoned(record))) continue;
    try {
      await takeDown(record);
      swept.push(record.name);
    } catch (error) {
      failed.push(error);
    }
  }
  if (await isUntidy()) await withLabsLocked(tidyLabsFolder);
  if (failed.length > 0) throw new AggregateError(failed, `${failed.length} abandoned labs could not be taken down`);
  return swept;
}
