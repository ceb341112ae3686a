import { runOrThrow } from "./run.ts";

/** Makes `target` show what `source` is. @throws {HostError} without CAP_SYS_ADMIN @see mount(8), bind mounts */
export async function bindMount(source: string, target: string): Promise<void> {
  await runOrThrow("mount", ["--bind", "--", source, target]);
}

/**
 * Takes the mount on `target` away.
 *
 * @param lazy takes it out of the tree at once and lets go of it when nobody uses it any more
 * @throws {HostError} when it is in use, or there is none
 */
export async function unmount(target: string, { lazy = false }: { readonly lazy?: boolean } = {}): Promise<void> {
  await runOrThrow("umount", [...(lazy ? ["--lazy"] : []), "--no-canonicalize", "--", target]);
}
