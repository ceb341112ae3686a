import { expect, test } from "vitest";
import { containerdConfig } from "../../../src/lab/containerd-config.ts";
import { labPaths } from "../../../src/lab/lab-paths.ts";

const settings = {
  version: { major: 1, minor: 6 },
  paths: labPaths("/lab"),
  snapshotter: "overlayfs",
  restrictOomScoreAdj: true,
  disableAppArmor: false,
  cniPlugins: "/usr/lib/cni",
  handlers: { runc: "/usr/sbin/runc", unshared: "/lab/saboteurs/unshared" },
};
const versions = [
  { major: 1, minor: 6 },
  { major: 1, minor: 7 },
  { major: 2, minor: 0 },
  { major: 2, minor: 1 },
];
const plugin = (version: { major: number; minor: number }, name: string): unknown =>
  (containerdConfig({ ...settings, version })["plugins"] as Record<string, unknown>)[name];

test.each(versions)("containerd $major.$minor gets no path outside the lab but its programs", (version) => {
  const paths = JSON.stringify(containerdConfig({ ...settings, version })).match(/"\/[^"]*"/gu) ?? [];
  expect(paths.length).toBeGreaterThan(8);
  expect(paths.filter((path) => !path.startsWith('"/lab/'))).toEqual(
    expect.arrayContaining(['"/usr/sbin/runc"', '"/usr/lib/cni"']),
  );
  expect(paths.filter((path) => !path.startsWith('"/lab/'))).toHaveLength(2);
});

test.each(versions)(
  "containerd $major.$minor takes the first handler by default, each with runc state in the lab",
  (version) => {
    const cri = plugin(version, version.major === 1 ? "io.containerd.grpc.v1.cri" : "io.containerd.cri.v1.runtime");
    expect(cri).toMatchObject({
      restrict_oom_score_adj: true,
      disable_apparmor: false,
      netns_mounts_under_state_dir: true,
      containerd: {
        default_runtime_name: "runc",
        runtimes: {
          runc: { options: { BinaryName: "/usr/sbin/runc", Root: "/lab/state/oci" } },
          unshared: { options: { BinaryName: "/lab/saboteurs/unshared", Root: "/lab/state/oci" } },
        },
      },
    });
  },
);

test("1.x is told in config version 2, with all of CRI in one plugin", () => {
  expect(containerdConfig(settings)["version"]).toBe(2);
  expect(plugin({ major: 1, minor: 7 }, "io.containerd.grpc.v1.cri")).toMatchObject({
    sandbox_image: "localhost/crikit/pause:lab",
    stream_server_port: "0",
    cni: { bin_dir: "/usr/lib/cni", conf_dir: "/lab/cni" },
    registry: { config_path: "/lab/registries" },
    containerd: { snapshotter: "overlayfs" },
  });
});

test("2.x is told in config version 3, with images and streaming apart, and pulls through the transfer service", () => {
  const version = { major: 2, minor: 1 };
  expect(containerdConfig({ ...settings, version })["version"]).toBe(3);
  expect(plugin(version, "io.containerd.grpc.v1.cri")).toMatchObject({ stream_server_port: "0" });
  expect(plugin(version, "io.containerd.cri.v1.images")).toMatchObject({
    snapshotter: "overlayfs",
    pinned_images: { sandbox: "localhost/crikit/pause:lab" },
    registry: { config_path: "/lab/registries" },
  });
  expect(plugin(version, "io.containerd.transfer.v1.local")).toEqual({ config_path: "/lab/registries" });
});

test("the folder of CNI plugins is a list from 2.1 on", () => {
  const cni = (minor: number): unknown =>
    (plugin({ major: 2, minor }, "io.containerd.cri.v1.runtime") as { cni: unknown }).cni;
  expect(cni(0)).toEqual({ bin_dir: "/usr/lib/cni", conf_dir: "/lab/cni" });
  expect(cni(1)).toEqual({ bin_dirs: ["/usr/lib/cni"], conf_dir: "/lab/cni" });
});

test("NRI, whose socket is the machine's, is off wherever it exists", () => {
  expect(versions.map((version) => plugin(version, "io.containerd.nri.v1.nri"))).toEqual([
    undefined,
    { disable: true },
    { disable: true },
    { disable: true },
  ]);
});

test("another snapshotter unpacks what the transfer service pulls, too", () => {
  const config = containerdConfig({ ...settings, version: { major: 2, minor: 1 }, snapshotter: "native" });
  expect(config["plugins"]).toMatchObject({
    "io.containerd.cri.v1.images": { snapshotter: "native" },
    "io.containerd.transfer.v1.local": { unpack_config: [{ platform: "linux", snapshotter: "native" }] },
  });
});
