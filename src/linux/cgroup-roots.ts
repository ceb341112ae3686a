import type { Mount } from "./mountinfo.ts";

/** Where the hierarchies are mounted: every controller's of cgroup v1, the unified one of v2, or both on a hybrid machine. */
export function cgroupRoots(mounts: readonly Mount[]): readonly string[] {
  return mounts.flatMap(({ fileSystem, mountPoint }) => (/^cgroup2?$/u.test(fileSystem) ? [mountPoint] : []));
}
