import { expect, test } from "vitest";
import { dial } from "../../../src/cri/connect.ts";
import { RuntimeFailedError } from "../../../src/errors.ts";
import { showContrast, type Story } from "../../../src/experiment/demo-steps.ts";
import type { PodSandbox } from "../../../src/sandbox/pod-sandbox.ts";
import { FakeRuntime, SocketFolder } from "../rpc/fake-runtime.ts";

type Answer = (error: object | null, answer?: object) => void;

test("a pod that is still being made when another one fails is among those that are removed", async () => {
  using folder = new SocketFolder();
  const held: Answer[] = [];
  let cleansUp: () => void = () => undefined;
  const cleaning = new Promise<void>((resolve) => (cleansUp = resolve));
  await using _ = await FakeRuntime.listen(folder.socket(), {
    runPodSandbox: (({ request }: { request: { config: { metadata: { name: string } } } }, done: Answer) => {
      if (request.config.metadata.name.startsWith("host")) done({ code: 2, details: "no pods on the host's network" });
      else held.push(done);
    }) as never,
    listPodSandbox: (_call, done) => {
      cleansUp();
      done(null, { items: [] });
    },
  });
  await using line = await dial(`unix://${folder.socket()}`);
  const pods: PodSandbox[] = [];
  const story = { connection: line, options: { image: "busybox" }, pods } as unknown as Story;
  let made: readonly string[] | undefined;
  const contrast = showContrast(story).finally(() => (made = pods.map(({ id }) => id)));
  contrast.catch(() => undefined);
  await cleaning;
  for (let calls = 0; calls < 50 && made === undefined; calls++) await line.runtime.version({});
  while (held.length === 0) await line.runtime.version({});
  held[0]?.(null, { podSandboxId: "other" });
  await expect(contrast).rejects.toBeInstanceOf(RuntimeFailedError);
  expect(made).toEqual(["other"]);
});
