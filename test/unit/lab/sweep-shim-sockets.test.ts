import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sweepShimSockets } from "../../../src/lab/sweep-shim-sockets.ts";

const [known, logged, foreign] = ["a", "b", "c"].map((digit) => digit.repeat(64)) as [string, string, string];

function shimSocket(socket: string, id: string): string {
  return createHash("sha256").update(`${socket}/k8s.io/${id}`).digest("hex");
}

test("sockets go of sandboxes that are known and of those that only the log has; another containerd's stay", async () => {
  const folder = await mkdtemp(join(tmpdir(), "crikit-shim-sockets-"));
  const logs = await mkdtemp(join(tmpdir(), "crikit-shim-logs-"));
  try {
    const [socket, log] = ["/lab/containerd.sock", join(logs, "containerd.log")];
    const theirs = shimSocket("/run/containerd/containerd.sock", logged);
    const names = [shimSocket(socket, known), shimSocket(socket, logged), shimSocket(socket, foreign), theirs];
    for (const name of names) await writeFile(join(folder, name), "");
    await sweepShimSockets({ socket, log }, [], folder);
    expect(await readdir(folder)).toHaveLength(4);
    await writeFile(log, `level=info msg="starting signal loop" path=/state/k8s.io/${logged} pid=1\nlevel=info\n`);
    await sweepShimSockets({ socket, log }, [known], folder);
    expect((await readdir(folder)).toSorted()).toEqual([shimSocket(socket, foreign), theirs].toSorted());
  } finally {
    for (const each of [folder, logs]) await rm(each, { recursive: true });
  }
});
