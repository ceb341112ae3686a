import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { CancelledError, HostError } from "../../../src/errors.ts";
import { namespaceOf } from "../../../src/linux/namespace.ts";
import { byVeth } from "../../../src/lookup/by-veth.ts";
import type { NodeView } from "../../../src/lookup/node-view.ts";
import { pod } from "../namespaces/checks/fake-pod.ts";

/** Puts an `ip` that knows one interface, and an `nsenter` that does `body`, in front of this machine's. */
function fakePrograms(body: string): string {
  const folder = mkdtempSync(join(tmpdir(), "crikit-veth-"));
  const path = process.env["PATH"];
  onTestFinished(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true });
  });
  const veth = { ifname: "veth1", ifindex: 7, link_index: 2, mtu: 1_500, operstate: "UP", flags: [], addr_info: [] };
  writeFileSync(join(folder, "ip"), `#!/bin/sh\necho '${JSON.stringify([veth])}'\n`, { mode: 0o755 });
  writeFileSync(join(folder, "nsenter"), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  process.env["PATH"] = `${folder}:${path}`;
  return folder;
}

/** A node with a pod for each of the pins. */
async function nodeWith(...pins: readonly string[]): Promise<NodeView> {
  const id = await namespaceOf("self", "net");
  const pods = pins.map((path) => pod({ id: path, pin: { path, id }, members: [] }));
  return { pods, processes: [], host: {}, proc: "/proc" };
}

const refuses = "echo 'nsenter: reassociate to namespace failed: Operation not permitted' >&2; exit 1";

test("a pod that may not be looked into is a failure, and not a pod without that interface", async () => {
  fakePrograms(refuses);
  const lookup = { call: {}, view: await nodeWith("/proc/self/ns/net") };
  await expect(byVeth("veth1", lookup)).rejects.toBeInstanceOf(HostError);
});

test("a pod that may not be looked into does not hide the one that has the interface", async () => {
  const end = { ifname: "eth0", ifindex: 2, link_index: 7, mtu: 1_500, operstate: "UP", flags: [], addr_info: [] };
  fakePrograms(`case $1 in *thread-self*) echo '${JSON.stringify([end])}';; *) ${refuses};; esac`);
  const view = await nodeWith("/proc/self/ns/net", "/proc/thread-self/ns/net");
  const matches = await byVeth("veth1", { call: {}, view });
  expect(matches.map((match) => match.pod.id)).toEqual(["/proc/thread-self/ns/net"]);
});

test("a pod that has gone meanwhile has no interface", async () => {
  fakePrograms(refuses);
  expect(await byVeth("veth1", { call: {}, view: await nodeWith("/run/netns/cni-gone") })).toEqual([]);
});

test("whoever gives up is told so", async () => {
  const folder = fakePrograms(': >"${0%/*}/inside"; exec sleep 60');
  const giveUp = new AbortController();
  const looking = byVeth("veth1", { call: { signal: giveUp.signal }, view: await nodeWith("/proc/self/ns/net") });
  looking.catch(() => undefined);
  while (!existsSync(join(folder, "inside"))) await new Promise((resolve) => setTimeout(resolve, 5));
  giveUp.abort("enough");
  await expect(looking).rejects.toBeInstanceOf(CancelledError);
});
