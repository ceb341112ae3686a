import { expect, test, vi } from "vitest";
import { dial } from "../../../src/cri/connect.ts";
import { PodSandbox } from "../../../src/sandbox/pod-sandbox.ts";
import { startContainer } from "../../../src/sandbox/start-container.ts";
import { FakeRuntime, SocketFolder } from "../rpc/fake-runtime.ts";

type Done = (error: null, answer: object) => void;

test("a start is not cancelled when it is given up: it is waited for, and then it was cancelled", async () => {
  using folder = new SocketFolder();
  let begin: (done: Done) => void = () => undefined;
  const begun = new Promise<Done>((resolve) => (begin = resolve));
  const isCancelled = vi.fn<() => void>();
  await using fake = await FakeRuntime.listen(folder.socket(), {
    startContainer: ((call: NodeJS.EventEmitter, done: Done) => {
      call.on("cancelled", isCancelled);
      begin(done);
    }) as never,
  });
  await using line = await dial(`unix://${folder.socket()}`);
  const controller = new AbortController();
  const starting = startContainer(line, "c", { signal: controller.signal });
  const answer = await begun;
  controller.abort("enough");
  const order: string[] = [];
  const over = expect(starting).rejects.toMatchObject({ code: "cancelled", cause: "enough" });
  void starting.catch(() => order.push("over"));
  await line.runtime.version({}); // a cancellation would have arrived before it
  expect(isCancelled).not.toHaveBeenCalled();
  order.push("answered");
  answer(null, {});
  await over;
  expect(order).toEqual(["answered", "over"]);
  await expect(startContainer(line, "c", { signal: controller.signal })).rejects.toMatchObject({ code: "cancelled" });
  expect(fake.calls).toEqual(["StartContainer", "Version"]);
});

test("a pod that is given up while it starts is waited for, and removed by its label", async () => {
  using folder = new SocketFolder();
  let begin: (done: Done) => void = () => undefined;
  const begun = new Promise<Done>((resolve) => (begin = resolve));
  const isCancelled = vi.fn<() => void>();
  await using fake = await FakeRuntime.listen(folder.socket(), {
    runPodSandbox: ((call: NodeJS.EventEmitter, done: Done) => {
      call.on("cancelled", isCancelled);
      begin(done);
    }) as never,
    listPodSandbox: (_, done) => done(null, { items: [{ id: "p", metadata: { name: "a", namespace: "b" } }] }),
    stopPodSandbox: (_, done) => done(null, {}),
    removePodSandbox: (_, done) => done(null, {}),
  });
  await using line = await dial(`unix://${folder.socket()}`);
  const controller = new AbortController();
  const config = { metadata: { name: "a", namespace: "b" }, linux: { cgroupParent: "/a" } };
  const running = PodSandbox.runConfig(line, { config }, { signal: controller.signal });
  const over = expect(running).rejects.toMatchObject({ code: "cancelled", cause: "enough" });
  const answer = await begun;
  controller.abort("enough");
  await line.runtime.version({});
  expect(isCancelled).not.toHaveBeenCalled();
  answer(null, { podSandboxId: "p" });
  await over;
  // Looked for once: what is through does not show itself later.
  const after = ["Version", "ListPodSandbox", "StopPodSandbox", "RemovePodSandbox"];
  expect(fake.calls).toEqual(["RunPodSandbox", ...after]);
});
