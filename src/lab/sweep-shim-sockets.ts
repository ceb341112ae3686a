import { readdir, readFile, unlink } from "node:fs/promises";
import { createConnection } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Where all containerds of a machine keep the sockets of their shims; not configurable up to 2.1. */
const shimSockets = "/run/containerd/s";

/** Milliseconds between two tries at a socket: a shim that has just made its own begins to listen within microseconds. */
const secondTryMs = 50;

/** The sockets of the shims that there are now, by name. */
export function readShimSockets(folder = shimSockets): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

/**
 * Removes the sockets that a lab's killed shims left: those that were not there before the first lab, and that nobody
 * listens on. Their names are hashes of ids that nobody may know any more: containerd that is interrupted while it starts
 * a shim (by a caller that goes away, too) forgets the sandbox and leaves the socket. One that nobody listens on is of no
 * use to any other containerd either, which would remove it itself.
 *
 * @param before the names of those that were there
 * @see `SocketAddress` and `CanConnect` in containerd's `pkg/shim/util_unix.go`
 */
export async function sweepShimSockets(before: readonly string[], folder = shimSockets): Promise<void> {
  const names = (await readShimSockets(folder)).filter((name) => !before.includes(name));
  if (names.length === 0) return;
  // Not of another network namespace, which that file does not show: hence the knock.
  const bound = await readFile("/proc/net/unix", "utf8");
  const quiet = names.map((name) => `${folder}/${name}`).filter((path) => !bound.includes(path));
  const dead = await refusing(quiet);
  if (dead.length === 0) return;
  await sleep(secondTryMs);
  for (const path of await refusing(dead)) await unlink(path).catch(() => undefined);
}

async function refusing(paths: readonly string[]): Promise<readonly string[]> {
  const answers = await Promise.all(paths.map(async (path) => ((await refuses(path)) ? [path] : [])));
  return answers.flat();
}

/** Whether nobody listens on a socket. */
function refuses(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
    socket.once("error", (error) => resolve("code" in error && error.code === "ECONNREFUSED"));
  });
}
