import { expect, test } from "vitest";
import { cgroupOwner, parseCgroups } from "../../../src/linux/cgroup.ts";

const [id, other] = ["a1".repeat(32), "b2".repeat(32)];

test.each([
  ["containerd, cgroupfs, cgroup v1", `4:memory:/k8s.io/${id}\n`, { id, prefix: "" }],
  ["containerd below kubelet's cgroups", `0::/kubepods/burstable/pod12-34/${id}\n`, { id, prefix: "" }],
  [
    "containerd, systemd",
    `0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope\n`,
    { id, prefix: "cri-containerd" },
  ],
  ["CRI-O, systemd", `0::/kubepods.slice/crio-${id}.scope\n`, { id, prefix: "crio" }],
  [
    "CRI-O with a cgroup of the container's own below",
    `0::/kubepods.slice/crio-${id}.scope/container\n`,
    { id, prefix: "crio" },
  ],
  [
    "containerd's systemd path that nobody has made",
    `0::/system.slice/k8s.io:cri-containerd:${id}\n`,
    { id, prefix: "" },
  ],
  ["docker", `1:name=systemd:/docker/${id}\n0::/\n`, { id, prefix: "" }],
  ["podman", `0::/machine.slice/libpod-${id}.scope\n`, { id, prefix: "libpod" }],
  ["a container in a container", `0::/docker/${other}/k8s.io/${id}\n`, { id, prefix: "" }],
  ["hybrid, where v2 has nothing", `5:pids:/k8s.io/${id}\n0::/\n`, { id, prefix: "" }],
])("%s", (_, text, owner) => {
  expect(cgroupOwner(parseCgroups(text))).toEqual(owner);
});

test.each(["0::/\n", "0::/user.slice/session-1.scope\n", `0::/${id.slice(1)}\n`, `0::/x${id}\n`, ""])(
  "%j is nobody's",
  (text) => {
    expect(cgroupOwner(parseCgroups(text))).toBeUndefined();
  },
);
