import { execFile } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { connect } from "../../../src/cri/connect.ts";
import { CancelledError, UnreachableError } from "../../../src/errors.ts";
import { callUnary } from "../../../src/rpc/call.ts";
import { openChannel } from "../../../src/rpc/channel.ts";
import { diagnose } from "../../../src/rpc/diagnose.ts";
import { parseEndpoint } from "../../../src/rpc/endpoint.ts";
import { FakeRuntime, listenRaw, SocketFolder } from "./fake-runtime.ts";

const method = {
  service: "runtime.v1.RuntimeService",
  rpc: "Version",
  encode: (bytes: Buffer) => bytes,
  decode: (bytes: Uint8Array) => bytes,
};

async function failure(endpoint: string, options: Parameters<typeof connect>[1] = {}): Promise<UnreachableError> {
  const error: unknown = await connect(endpoint, options).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UnreachableError);
  return error as UnreachableError;
}

test("a missing socket fails at once: no connection attempt is waited for", async () => {
  using folder = new SocketFolder();
  const error = await failure(folder.socket(), { connectTimeoutMs: 60_000 });
  expect(error).toMatchObject({ code: "socket-missing", endpoint: `unix://${folder.socket()}` });
  expect(error.hint).toContain("--runtime-endpoint");
});

test("a socket that nobody listens on is refused", async () => {
  using folder = new SocketFolder();
  const server = createServer().listen(folder.socket());
  await new Promise((resolve) => server.once("listening", resolve));
  // Its file stays when the process goes without closing; a plain file in its place answers the same.
  await new Promise((resolve) => server.close(resolve));
  writeFileSync(folder.socket(), "");
  expect(await failure(folder.socket())).toMatchObject({ code: "connection-refused" });
});

test("a forbidden socket is a matter of permission", async () => {
  using folder = new SocketFolder();
  await using _ = await listenRaw(folder.socket(), () => undefined);
  chmodSync(folder.path, 0o755);
  chmodSync(folder.socket(), 0o600);
  // Root may do anything, so somebody else has to try.
  const script = `require("net").connect(${JSON.stringify(folder.socket())}).on("error", (e) => console.log(e.code))`;
  const asNobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  if (process.getuid?.() !== 0) chmodSync(folder.socket(), 0o000);
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", script], { ...asNobody, cwd: "/" });
  expect(stdout.trim()).toBe("EACCES");
  // What the kernel says is what the diagnosis reads.
  if (process.getuid?.() !== 0)
    expect(await diagnose(parseEndpoint(folder.socket()), 1_000)).toMatchObject({ state: "denied" });
});

test("a server that accepts and never speaks is given up, not waited for", async () => {
  using folder = new SocketFolder();
  await using _ = await listenRaw(folder.socket(), () => undefined);
  expect(await failure(folder.socket(), { connectTimeoutMs: 200 })).toMatchObject({ code: "not-grpc" });
});

test("a server that answers in HTTP/1, or hangs up, is not gRPC", async () => {
  using folder = new SocketFolder();
  await using _ = await listenRaw(folder.socket("one"), (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await using __ = await listenRaw(folder.socket("two"), (socket) => socket.destroy());
  expect(await failure(folder.socket("one"))).toMatchObject({ code: "not-grpc" });
  expect(await failure(folder.socket("two"))).toMatchObject({ code: "not-grpc" });
});

test("a gRPC server without CRI v1 is told apart, with what to do", async () => {
  using folder = new SocketFolder();
  const { Server, ServerCredentials } = await import("@grpc/grpc-js");
  const server = new Server();
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix://${folder.socket()}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  // containerd's own words; grpc-js's server has others.
  const unknown = { code: 12, details: "unknown service runtime.v1.RuntimeService" };
  const answer = (_: unknown, done: (error: object) => void): void => done(unknown);
  const bytes = (value: Buffer): Buffer => value;
  server.register("/runtime.v1.RuntimeService/Version", answer as never, bytes, bytes, "unary");
  try {
    const error = await failure(folder.socket());
    expect(error).toMatchObject({ code: "not-cri-v1" });
    expect(error.hint).toContain("disabled_plugins");
  } finally {
    server.forceShutdown();
  }
});

test("a connection that is given up while it is made says so", async () => {
  using folder = new SocketFolder();
  await using _ = await listenRaw(folder.socket(), () => undefined);
  const connecting = connect(folder.socket(), { signal: AbortSignal.timeout(50), connectTimeoutMs: 60_000 });
  await expect(connecting).rejects.toBeInstanceOf(CancelledError);
});

/** A server that hangs up on the first connection, and says nothing on those behind it. */
function listenOnce(path: string): ReturnType<typeof listenRaw> {
  let count = 0;
  return listenRaw(path, (socket) => void (count++ === 0 && socket.destroy()));
}

test("to look for why no connection was made takes no longer than the call may", async () => {
  using folder = new SocketFolder();
  await using _ = await listenOnce(folder.socket());
  const channel = openChannel(parseEndpoint(folder.socket()), { connectTimeoutMs: 60_000 });
  const call = callUnary({ channel }, method, Buffer.alloc(0), { timeoutMs: 200 });
  await expect(call).rejects.toMatchObject({ code: "deadline-exceeded" });
});

test("nor does it outlive the call's signal", async () => {
  using folder = new SocketFolder();
  await using _ = await listenOnce(folder.socket());
  const channel = openChannel(parseEndpoint(folder.socket()), { connectTimeoutMs: 60_000 });
  const reason = new Error("enough");
  const given = new AbortController();
  setTimeout(() => given.abort(reason), 100);
  const call = callUnary({ channel }, method, Buffer.alloc(0), { signal: given.signal });
  await expect(call).rejects.toMatchObject({ code: "cancelled", cause: reason });
});

test("of several well-known sockets none is named in silence: every reason is told", async () => {
  await expect(connect(undefined, { env: {}, configPath: "/nonexistent/crictl.yaml" })).rejects.toMatchObject({
    code: "no-endpoint",
    message: expect.stringMatching(/containerd\.sock.*crio\.sock.*cri-dockerd\.sock.*k3s.*k0s.*microk8s/su),
  });
});

test("a runtime that comes back on its socket is there for the next call, also after a call that failed meanwhile", async () => {
  using folder = new SocketFolder();
  const first = await FakeRuntime.listen(folder.socket());
  await using connection = await connect(folder.socket());
  await first[Symbol.asyncDispose]();
  await expect(connection.runtime.version({})).rejects.toMatchObject({
    code: expect.stringMatching(/socket-missing|connection/u),
  });
  await using _ = await FakeRuntime.listen(folder.socket());
  expect((await connection.runtime.version({})).runtimeName).toBe("fake");
});
