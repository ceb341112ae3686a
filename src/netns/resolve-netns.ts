import { lstat } from "node:fs/promises";
import type { Line } from "../cri/connect.ts";
import { HostError, NotFoundError } from "../errors.ts";
import { resolvePodSandboxes } from "../inventory/resolve.ts";
import { mountsOf } from "../linux/mountinfo.ts";
import { type NamespaceId, sameNamespace, showNamespace } from "../linux/namespace.ts";
import { namesFolder, netnsNamePattern } from "../linux/netns-name.ts";
import { namespaceOfMount, pinnedNamespace } from "../linux/nsfs.ts";
import { processTable } from "../linux/process-table.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { netnsOfPod, type PodNetns } from "./pod-netns.ts";

/** A network namespace that a word means, and a file that shows it. */
export interface NetnsFile extends Pick<PodNetns, "holder" | "id" | "path"> {
  /** The pod behind it, where the word was a pod's. */
  readonly pod?: { readonly id: string; readonly name: string; readonly namespace: string };
}

/** `4026532177`, `net:[4026532177]` or `dev:ino`, as the kernel and crikit print them. */
const idPattern = /^(?:net:\[(\d{10,})\]|(\d{10,})|(\d+:\d{10,}))$/u;

/**
 * What a word means: a name of `ip netns`, the number of a namespace, else a pod. Names and numbers ask no runtime.
 *
 * @throws {NotFoundError} when it means nothing
 * @throws {HostError} when it is a pod without a network namespace of its own
 */
export async function resolveNetns(
  word: string,
  connect: () => Promise<Line & { readonly call: CallOptions }>,
): Promise<NetnsFile> {
  const [, linked, bare, whole] = idPattern.exec(word) ?? [];
  if ((linked ?? bare ?? whole) !== undefined) return byNumber(word, { inode: linked ?? bare, whole });
  if (netnsNamePattern.test(word) && (await lstat(`${namesFolder}/${word}`).catch(() => undefined)) !== undefined) {
    const path = `${namesFolder}/${word}`;
    return { path, id: await pinnedNamespace(path) };
  }
  const line = await connect();
  const [found] = await resolvePodSandboxes(line.runtime, [word], line.call);
  const { podId, podName, podNamespace, ...netns } = await netnsOfPod(line, found?.id ?? word, line.call);
  return { ...netns, pod: { id: podId, name: podName, namespace: podNamespace } };
}

/** A mount shows it for as long as it is there; a process only while it lives. */
async function byNumber(
  word: string,
  { inode, whole }: { readonly inode: string | undefined; readonly whole: string | undefined },
): Promise<NetnsFile> {
  const fits = (id: { readonly dev: bigint; readonly ino: bigint }): boolean =>
    whole === undefined ? String(id.ino) === inode : showNamespace(id) === whole;
  for (const mount of await mountsOf("self")) {
    const shown = namespaceOfMount(mount);
    if (shown?.kind !== "net" || !fits(shown.id) || !(await shows(mount.mountPoint, shown.id))) continue;
    return { path: mount.mountPoint, id: shown.id };
  }
  for (const { pid, startTimeTicks, namespaces } of await processTable()) {
    if (namespaces.net === undefined || !fits(namespaces.net)) continue;
    return { path: `/proc/${pid}/ns/net`, id: namespaces.net, holder: { pid, startTimeTicks } };
  }
  throw new NotFoundError(`there is no network namespace ${word}`, { hint: "look with 'crikit netns ls'" });
}

/** Whether a path leads there: another mount may lie on top of that one. */
async function shows(path: string, id: NamespaceId): Promise<boolean> {
  try {
    return sameNamespace(await pinnedNamespace(path), id);
  } catch (error) {
    if (error instanceof HostError) return false;
    throw error;
  }
}
