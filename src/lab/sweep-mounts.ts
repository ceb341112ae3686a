import { LabError } from "../errors.ts";
import { unmount } from "../linux/mount.ts";
import { mountsBelow, mountsOf } from "../linux/mountinfo.ts";

/**
 * Takes away every mount below the lab's folder, those on top first: root file systems, shared memory, pinned network
 * namespaces.
 *
 * @throws {LabError} when one is left: then nothing below the folder may be deleted
 */
export async function sweepMounts(dir: string): Promise<void> {
  for (const { mountPoint } of mountsBelow(await mountsOf("self"), dir)) {
    // Lazily: somebody's shell inside must not keep the lab up. A mount above may have taken it along already.
    await unmount(mountPoint, { lazy: true }).catch(() => undefined);
  }
  const [left] = mountsBelow(await mountsOf("self"), dir);
  if (left !== undefined) {
    throw new LabError(`cannot unmount ${left.mountPoint}`, { hint: `try 'umount ${left.mountPoint}' to see why` });
  }
}
