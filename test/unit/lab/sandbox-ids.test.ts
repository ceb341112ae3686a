import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { expect, onTestFinished, test } from "vitest";
import { labPaths } from "../../../src/lab/lab-paths.ts";
import { cachedId, labIds } from "../../../src/lab/sandbox-ids.ts";

const id = "1a641d16071034bf87c883ef51687c6fd11a1961776a06f0b5d22da826602bdb";

test("a file of libcni's cache belongs to exactly one network", () => {
  expect(cachedId(`crikit-a-${id}-eth0`, "crikit-a")).toBe(id);
  expect(cachedId(`crikit-a-b-${id}-eth0`, "crikit-a")).toBeUndefined();
  expect(cachedId(`crikit-a-${id}-eth0`, "crikit")).toBeUndefined();
  expect(cachedId(`cni-loopback-${id}-lo`, "cni-loopback")).toBe(id);
  expect(cachedId("crikit-a-nothing-eth0", "crikit-a")).toBeUndefined();
});

test("ids are found wherever containerd keeps a folder for them, and digests of content are no ids", async () => {
  const dir = await mkdtemp(`${tmpdir()}/crikit-ids-`);
  onTestFinished(() => rm(dir, { recursive: true }));
  const digest = id.replaceAll("1", "9");
  const other = id.replaceAll("a", "b");
  for (const folder of [
    `state/io.containerd.runtime.v2.task/k8s.io/${id}`,
    `root/io.containerd.grpc.v1.cri/sandboxes/${other}`,
    `root/io.containerd.content.v1.content/blobs/sha256/${digest}`,
    "root/io.containerd.snapshotter.v1.overlayfs/snapshots/1",
  ]) {
    await mkdir(`${dir}/${folder}`, { recursive: true });
  }
  expect(new Set(await labIds(labPaths(dir), "no-such-network"))).toEqual(new Set([id, other]));
});

test("a lab whose containerd never started has no ids", async () =>
  expect(await labIds(labPaths("/no/such/lab"), "no-such-network")).toEqual([]));
