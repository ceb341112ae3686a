import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { type StartedContainerd, untilItAnswers } from "../../../src/lab/containerd-process.ts";
import { FakeRuntime, fakeVersion, SocketFolder } from "../rpc/fake-runtime.ts";

type Done = (error: object | null, answer?: object) => void;

/** A containerd that lives, as far as it is looked at. */
function started(socket: string): StartedContainerd {
  return { child: { exitCode: null, signalCode: null }, paths: { socket, log: "/nope" } } as never;
}

test.each([
  ["1.x", { code: status.UNKNOWN, details: "server is not initialized yet" }],
  ["2.x", { code: status.UNAVAILABLE, details: "server is not initialized yet: unavailable" }],
])("a containerd %s that listens but is not ready is asked again", async (_name, tooEarly) => {
  using folder = new SocketFolder();
  let asked = 0;
  const version = (_: unknown, done: Done): void => (++asked < 3 ? done(tooEarly) : done(null, fakeVersion));
  await using _ = await FakeRuntime.listen(folder.socket(), { version } as never);
  await using connection = await untilItAnswers(started(folder.socket()));
  expect(connection.version.runtimeName).toBe("fake");
  expect(asked).toBe(3);
});

test("any other failure is told at once", async () => {
  using folder = new SocketFolder();
  const version = (_: unknown, done: Done): void => done({ code: status.UNKNOWN, details: "broken for good" });
  await using runtime = await FakeRuntime.listen(folder.socket(), { version } as never);
  await expect(untilItAnswers(started(folder.socket()))).rejects.toThrow("broken for good");
  expect(runtime.calls).toEqual(["Version"]);
});
