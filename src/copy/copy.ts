import { posix } from "node:path";
import type { Line } from "../cri/connect.ts";
import { NotFoundError, UnimplementedError, UsageError } from "../errors.ts";
import type { StreamingOptions } from "../streaming/open.ts";
import type { Copied, Entry, Skipped } from "./entry.ts";
import { hostSide } from "./host-side.ts";
import { rootSide } from "./root-side.ts";
import type { Side, Target } from "./side.ts";
import { hasTar, tarSide } from "./tar-side.ts";

/** Where files come from or go to. The path is absolute. */
export type CopyEnd =
  | { readonly kind: "host"; readonly path: string }
  | { readonly kind: "container"; readonly containerId: string; readonly path: string };

/** How the files of a container are reached: by its own tar, or by the root of its first process, on this machine. */
export type Way = "tar" | "root";

/** How to copy. */
export interface CopyOptions {
  readonly streaming: StreamingOptions;
  /** The one that can when absent: tar, where the container has it. */
  readonly way?: Way | undefined;
  /** Keeps owners, and the bits for set-user-id and set-group-id on this machine; else what is made is its maker's. */
  readonly archive?: boolean | undefined;
}

/**
 * Copies a file or a folder with all that is in it between this machine and a container, or between two containers. Modes,
 * times, symbolic and hard links are kept; devices, pipes and sockets are left out. As with cp: into a folder that is there,
 * else under the last name of `to`; and `FOLDER/.` means what is in it. No link that a container holds leads outside of it,
 * and none below `to` is followed.
 *
 * @throws {UsageError} when it is to be copied into itself
 * @throws {NotFoundError} {HostError} {InvalidArchiveError} {RuntimeFailedError} {ConnectionLostError} {CancelledError}
 */
export async function copy(
  line: Line,
  { from, to }: { readonly from: CopyEnd; readonly to: CopyEnd },
  options: CopyOptions,
): Promise<Copied> {
  await using source = await sideOf(line, from, options);
  await using sink = await sideOf(line, to, options);
  const skipped: Skipped[] = [];
  const origin = originOf(from.path);
  const { isThere, ...target } = await targetOf(sink, to.path, origin.name);
  mustLeadElsewhere({ from, to }, origin, target);
  const entries = source.read(origin, (one) => skipped.push(one));
  const isToBeFolder = !isThere && to.path.endsWith("/");
  const copied = await sink.write(target, isToBeFolder ? foldersAlone(entries, to.path) : entries);
  return { ...copied, skipped };
}

async function sideOf(line: Line, end: CopyEnd, { streaming, way, archive = false }: CopyOptions): Promise<Side> {
  const { signal } = streaming;
  if (end.kind === "host") return hostSide({ archive, signal });
  const container = { line, containerId: end.containerId, streaming, archive };
  if (way === "tar" || (way === undefined && (await hasTar(container)))) return tarSide(container);
  try {
    return await rootSide(container, { archive, signal, timeoutMs: streaming.timeoutMs });
  } catch (error) {
    if (way === "root") throw error;
    throw new UnimplementedError(
      `container ${end.containerId} has no tar, and its files are not to be had without one`,
      {
        cause: error,
        endpoint: line.endpoint,
        hint: "run this as root on the runtime's machine: there it takes none",
      },
    );
  }
}

/** What is copied into itself has no end; a file that takes its own place is gone before it is read. */
function mustLeadElsewhere(
  ends: { readonly from: CopyEnd; readonly to: CopyEnd },
  origin: Target,
  target: Target,
): void {
  const [from, to] = [ends.from, ends.to].map((end) => (end.kind === "host" ? "" : end.containerId));
  const [source, sink] = [origin, target].map(({ folder, name = "" }) => `${posix.join(folder, name, "/")}`);
  if (from === to && source !== undefined && sink?.startsWith(source) === true) {
    throw new UsageError(`'${ends.from.path}' cannot be copied into itself`);
  }
}

/** `/a/b`: b in /a. `/a/b/.`: what is in /a/b. */
function originOf(path: string): Target {
  const whole = posix.resolve("/", path);
  if (whole === "/" || path.endsWith("/.")) return { folder: whole, name: undefined };
  return { folder: posix.dirname(whole), name: posix.basename(whole) };
}

async function targetOf(
  sink: Side,
  path: string,
  name: string | undefined,
): Promise<Target & { readonly isThere: boolean }> {
  const whole = posix.resolve("/", path);
  if ((await sink.look(whole)) === "folder") return { folder: whole, name, isThere: true };
  const folder = posix.dirname(whole);
  if ((await sink.look(folder)) !== "folder") throw new NotFoundError(`there is no folder ${folder} to copy into`);
  return { folder, name: posix.basename(whole), isThere: false };
}

/** What is written `new/` shall become a folder. */
async function* foldersAlone(entries: AsyncIterable<Entry>, path: string): AsyncGenerator<Entry, void> {
  for await (const entry of entries) {
    if (entry.path === "" && entry.type !== "folder")
      throw new NotFoundError(`there is no folder ${path} to copy into`);
    yield entry;
  }
}
