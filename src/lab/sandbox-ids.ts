import { readdir } from "node:fs/promises";
import type { LabPaths } from "./lab-paths.ts";

/** libcni's cache: one for all networks of the machine, in a place that cannot be configured. */
export const cniCacheFolder = "/var/lib/cni/results";

/**
 * The ids of every sandbox and container that the lab's folder, or CNI's cache, still knows. containerd keeps a folder
 * with that name in several places, and takes them away one by one, so the union is asked.
 *
 * @param network the name of the lab's CNI network
 */
export async function labIds(paths: LabPaths, network: string): Promise<readonly string[]> {
  const cached = (await readdir(cniCacheFolder).catch(() => [])).flatMap((file) => cachedId(file, network) ?? []);
  // PLUGIN/NAMESPACE/ID or PLUGIN/sandboxes/ID; one deeper the content store has digests, which look the same.
  const folders = await Promise.all([paths.root, paths.state].map((folder) => namesBelow(folder, 3)));
  return [...new Set([...folders.flat(), ...cached].filter((name) => /^[0-9a-f]{64}$/u.test(name)))];
}

/** The sandbox that a file of libcni's cache, `NETWORK-ID-INTERFACE`, is of; undefined for another network's. */
export function cachedId(file: string, network: string): string | undefined {
  const match = /^(.+)-([0-9a-f]{64})-[^-]+$/u.exec(file);
  return match?.[1] === network ? match[2] : undefined;
}

async function namesBelow(folder: string, depth: number): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below = depth > 1 ? entries.filter((entry) => entry.isDirectory()) : [];
  const names = await Promise.all(below.map((entry) => namesBelow(`${folder}/${entry.name}`, depth - 1)));
  return [...entries.map((entry) => entry.name), ...names.flat()];
}
