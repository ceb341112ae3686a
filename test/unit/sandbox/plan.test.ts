import { expect, test } from "vitest";
import { NamespaceMode } from "../../../src/cri/messages.ts";
import { attemptLabel } from "../../../src/sandbox/attempt.ts";
import { podSandboxConfig } from "../../../src/sandbox/plan.ts";

test("a pod that says nothing of namespaces gets kubelet's: its own network and IPC, a pid namespace per container", () => {
  expect(podSandboxConfig({ name: "web" }, "a1").linux?.securityContext?.namespaceOptions).toEqual({
    network: NamespaceMode.POD,
    pid: NamespaceMode.CONTAINER,
    ipc: NamespaceMode.POD,
  });
});

test("one namespace said, the others keep their default", () => {
  const { linux } = podSandboxConfig({ name: "web", namespaces: { pid: NamespaceMode.POD } }, "a1");
  expect(linux?.securityContext?.namespaceOptions).toMatchObject({
    network: NamespaceMode.POD,
    pid: NamespaceMode.POD,
  });
});

test("every attempt has a label and a uid of its own, and keeps the caller's labels", () => {
  const config = podSandboxConfig({ name: "web", labels: { app: "blog" } }, "a1");
  expect(config.labels).toEqual({ app: "blog", [attemptLabel]: "a1" });
  expect(config.metadata).toEqual({ name: "web", namespace: "crikit", uid: "a1", attempt: 0 });
});

test("what else CRI knows goes through untouched, beside the namespaces", () => {
  const { linux, metadata, dnsConfig } = podSandboxConfig(
    {
      name: "web",
      config: {
        metadata: { uid: "given", namespace: "shop" },
        dnsConfig: { servers: ["10.0.0.10"] },
        linux: { cgroupParent: "/pods", securityContext: { privileged: true } },
      },
    },
    "a1",
  );
  expect(linux).toMatchObject({ cgroupParent: "/pods", securityContext: { privileged: true } });
  expect(metadata).toMatchObject({ uid: "given", namespace: "shop", name: "web" });
  expect(dnsConfig).toEqual({ servers: ["10.0.0.10"] });
});

test("a pod on the host's network gets no hostname of its own, because the runtime would refuse it", () => {
  expect(podSandboxConfig({ name: "web" }, "a1").hostname).toBe("web");
  expect(podSandboxConfig({ name: "web", namespaces: { network: NamespaceMode.NODE } }, "a1").hostname).toBe("");
});
