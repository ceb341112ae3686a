import { describe, expect, test } from "vitest";
import { adviceOn } from "../../../src/cri/known-answers.ts";

const id = "20a4f62bd102574e6052f022d2c1bc575b7e0903bfd34e6aad2e44786e89792e";

describe("a known answer has an advice", () => {
  // What containerd 1.6.20, 1.7.24 and 2.1.9 answered, and CRI-O's words from its source.
  test.each([
    [
      "RunPodSandbox",
      `failed to reserve sandbox name "web_n_u_0": name "web_n_u_0" is reserved for "${id}"`,
      { nameIsTaken: true, hint: "'crikit rmp -f 20a4f62bd1025' removes the pod that has this name" },
    ],
    [
      "CreateContainer",
      `failed to reserve container name "a"; check if another CreateContainer request is in progress: name "a" is reserved for "${id}"`,
      { nameIsTaken: true, hint: "'crikit rm -f 20a4f62bd1025' removes the container that has this name" },
    ],
    [
      "CreateContainer",
      `the container name "k8s_a" is already in use by ${id}. You have to remove that container to be able to reuse that name`,
      { nameIsTaken: true, hint: "'crikit rm -f 20a4f62bd1025' removes the container that has this name" },
    ],
    [
      "CreateContainer",
      'failed to check if this is a checkpoint image: failed to resolve image "registry.test/nope:1": not found',
      { hint: "'crikit pull registry.test/nope:1' fetches it, 'crikit load FILE' takes it from an archive" },
    ],
    [
      "CreateContainer",
      'failed to resolve image "": ambiguous digest string',
      { hint: "the config needs image.image" },
    ],
    ["RunPodSandbox", 'unable to get OCI runtime: no runtime for "kata" is configured', { ask: "handlers" }],
    ["RunPodSandbox", "failed to setup network for sandbox: cni plugin not initialized", { ask: "network" }],
    [
      "StartContainer",
      'runc create failed: unable to start container process: exec: "/no/such": stat /no/such: no such file or directory',
      { hint: "the image has no program '/no/such' that can be run: look at the container's command" },
    ],
    [
      "UpdateContainerResources",
      "unable to set memory limit to 4096 (current usage: 208896, peak usage: 2519040)",
      { hint: "it uses 208896 bytes now: give it more than that" },
    ],
    [
      "Version",
      "server is not initialized yet: unavailable",
      { hint: "the runtime is still starting: try again in a moment" },
    ],
  ])("%s: %s", (rpc, text, advice) => {
    expect(adviceOn(rpc, text)).toEqual(advice);
  });
});

test("an answer of another RPC, or an unknown one, has none", () => {
  expect(adviceOn("StartContainer", 'no runtime for "kata" is configured')).toBeUndefined();
  expect(adviceOn("RunPodSandbox", "the disk is full")).toBeUndefined();
  expect(adviceOn(undefined, "cni plugin not initialized")).toBeUndefined();
});
