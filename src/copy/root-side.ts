import type { Line } from "../cri/connect.ts";
import { HostError, NotFoundError } from "../errors.ts";
import { cgroupNames, cgroupsOf } from "../linux/cgroup.ts";
import { Folder } from "../linux/folder.ts";
import { readIdMap } from "../linux/id-map.ts";
import { resolveInRoot } from "../linux/resolve-in-root.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import type { KeepOptions } from "./host-side.ts";
import { readTree } from "./read-tree.ts";
import type { Side } from "./side.ts";
import { writeTree } from "./write-tree.ts";

/**
 * A container by the root of its first process, which has to run on this machine. Paths are followed as that process would:
 * a link that the container has made leads nowhere outside of it.
 *
 * @throws {HostError} when the process is not on this machine or its root cannot be opened
 */
export async function rootSide(
  { line, containerId }: { readonly line: Line; readonly containerId: string },
  { archive, signal, ...call }: KeepOptions & CallOptions,
): Promise<Side> {
  const pid = await firstProcess(line, containerId, { ...call, signal });
  const root = await openRoot(pid, containerId);
  const [uids, gids] = await Promise.all([readIdMap(`/proc/${pid}/uid_map`), readIdMap(`/proc/${pid}/gid_map`)]);
  return {
    async look(path) {
      try {
        await using place = await resolveInRoot(root, path);
        if (place.name === undefined) return "folder";
        return (await place.folder.look(place.name)) === undefined ? "nothing" : "other";
      } catch (error) {
        if (error instanceof NotFoundError) return "nothing";
        throw error;
      }
    },
    async *read({ folder, name }, skip) {
      await using place = await resolveInRoot(root, folder);
      // Whose it is there, and not what that is out here.
      for await (const entry of readTree(theFolder(place), name, skip)) {
        yield { ...entry, uid: uids.inside(entry.uid), gid: gids.inside(entry.gid) };
      }
    },
    async write({ folder, name }, entries) {
      await using place = await resolveInRoot(root, folder);
      // As root in the container would have made it: in a user namespace that is another number outside.
      const ownerOf = ({ uid, gid }: { uid: number; gid: number }): { uid: number; gid: number } =>
        archive ? { uid: uids.outside(uid), gid: gids.outside(gid) } : { uid: uids.outside(0), gid: gids.outside(0) };
      return await writeTree(entries, { folder: theFolder(place), name, ownerOf, keepsPrivileges: true, signal });
    },
    [Symbol.asyncDispose]: () => root[Symbol.asyncDispose](),
  };
}

function theFolder({ folder, name }: { readonly folder: Folder; readonly name: string | undefined }): Folder {
  if (name === undefined) return folder;
  throw new NotFoundError(`the container has no folder '${name}' there`);
}

/** @see CRI ContainerStatus, `info.pid` */
async function firstProcess(line: Line, containerId: string, options: CallOptions): Promise<number> {
  const { parseContainerInfo } = await import("../cri/verbose-info/verbose-info.ts");
  const { info } = await line.runtime.containerStatus({ containerId, verbose: true }, options);
  const { pid } = await parseContainerInfo(info);
  if (pid !== undefined && (await belongs(pid, containerId))) return pid;
  throw new HostError(
    `no process of container ${containerId} is on this machine, so its files are not to be had here`,
    {
      hint: "it has to run, and crikit on the same machine; else its image needs a tar",
    },
  );
}

async function openRoot(pid: number, containerId: string): Promise<Folder> {
  let root: Folder;
  try {
    root = await Folder.open(`/proc/${pid}/root`);
  } catch (error) {
    throw new HostError(`cannot open the files of container ${containerId}: ${(error as Error).message}`, {
      cause: error,
      hint: "that takes root on this machine",
    });
  }
  if (await belongs(pid, containerId)) return root;
  await root[Symbol.asyncDispose]();
  throw new HostError(`container ${containerId} ended meanwhile`); // and its pid may be another's
}

async function belongs(pid: number, containerId: string): Promise<boolean> {
  return cgroupNames(await cgroupsOf(pid), containerId);
}
