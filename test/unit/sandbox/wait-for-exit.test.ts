import { describe, expect, test } from "vitest";
import { dial } from "../../../src/cri/connect.ts";
import { waitForExit } from "../../../src/sandbox/wait-for-exit.ts";
import { FakeRuntime, SocketFolder } from "../rpc/fake-runtime.ts";

interface Stream {
  readonly write: (event: unknown) => void;
  readonly end: () => void;
}

const running = {
  id: "c",
  metadata: { name: "c" },
  createdAt: 1n,
  image: { image: "i" },
  imageRef: "i",
  state: 1,
  exitCode: 0,
};
const exited = { ...running, state: 2, exitCode: 7 };

/** Waits on a runtime whose container is seen to have exited from look number `atLook` on. */
async function wait(
  atLook: number,
  events: (stream: Stream) => void,
): Promise<{ exit: unknown; calls: readonly string[] }> {
  using folder = new SocketFolder();
  let looks = 0;
  await using fake = await FakeRuntime.listen(folder.socket(), {
    containerStatus: ((_: never, done: (error: null, answer: unknown) => void) =>
      done(null, { status: ++looks < atLook ? running : exited })) as never,
    getContainerEvents: events as never,
  });
  await using line = await dial(`unix://${folder.socket()}`);
  return { exit: await waitForExit(line, "c"), calls: fake.calls };
}

describe("an exit is found by looking", () => {
  test("when the events go to somebody else", async () => {
    const { exit, calls } = await wait(3, () => undefined);
    expect(exit).toMatchObject({ exitCode: 7 });
    expect(calls.filter((rpc) => rpc === "GetContainerEvents")).toHaveLength(1);
  });

  test("when the stream of events breaks", async () => {
    expect((await wait(3, (stream) => stream.end())).exit).toMatchObject({ exitCode: 7 });
  });
});

test("an exit is found by the event alone, and another container's stop is none", async () => {
  const { exit } = await wait(Infinity, (stream) => {
    stream.write({ containerId: "other", containerEventType: 2, containersStatuses: [{ ...exited, id: "other" }] });
    stream.write({ containerId: "c", containerEventType: 1, containersStatuses: [running] });
    setTimeout(() => {
      stream.write({ containerId: "c", containerEventType: 2, containersStatuses: [{ ...exited, exitCode: 9 }] });
    }, 50);
  });
  expect(exit).toMatchObject({ exitCode: 9 });
});
