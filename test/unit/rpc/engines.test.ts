// The executable's engine is Bun, and its sockets are not Node's: both are put through the same.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { once } from "node:events";
import { createServer, type Http2Session, type ServerHttp2Stream } from "node:http2";
import { createServer as createNetServer, type Server, type Socket } from "node:net";
import { resolve } from "node:path";
import { env } from "node:process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { frame, FrameType } from "../../../src/rpc/http2/frames.ts";
import { exercise } from "./exercise.ts";
import { SocketFolder } from "./fake-runtime.ts";

const folder = new SocketFolder();
const servers: { close(): unknown }[] = [];
const open = new Set<{ destroy(): void }>();

/** Sends back what comes, with gRPC's status behind it. */
function echo(stream: ServerHttp2Stream): void {
  stream.on("error", () => undefined);
  stream.respond({ ":status": 200 }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
  stream.pipe(stream);
}

/** Goes away in the middle of an answer. */
function cut(stream: ServerHttp2Stream): void {
  stream.on("error", () => undefined);
  stream.respond({ ":status": 200 });
  stream.write(Buffer.alloc(5), () => stream.session?.destroy());
}

/** Asks for answers, takes none, and goes on for as long as somebody reads. */
function flood(socket: Socket): void {
  socket.pause();
  const pings = Buffer.concat(Array.from({ length: 100 }, () => frame(FrameType.PING, 0, 0, Buffer.alloc(8))));
  const more = (): void => {
    while (socket.writable && socket.write(pings));
  };
  socket.on("drain", more);
  socket.write(frame(FrameType.SETTINGS, 0, 0, Buffer.alloc(0)));
  more();
}

async function serve(name: string, server: Server): Promise<void> {
  server.on("connection", (socket) => open.add(socket.on("error", () => undefined)));
  server.listen(folder.socket(name));
  servers.push(server);
  await once(server, "listening");
}

beforeAll(async () => {
  for (const [name, answer] of Object.entries({ echo, cut })) {
    const server = createServer({ maxSessionMemory: 1_000 });
    server.on("session", (session: Http2Session) => open.add(session));
    server.on("stream", answer);
    await serve(name, server as unknown as Server);
  }
  await serve(
    "silent",
    createNetServer(() => undefined),
  );
  await serve("flood", createNetServer(flood));
  await serve(
    "http1",
    createNetServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
  );
  writeFileSync(folder.socket("refused"), ""); // a file that nobody listens on
});

afterAll(() => {
  for (const each of open) each.destroy();
  for (const server of servers) server.close();
  folder[Symbol.dispose]();
});

const expected = {
  lengths: [0, 1, 100_000, 4_000_000, 12_000_000],
  calls: (499 * 500) / 2,
  back: Array.from({ length: 50 }, (_, at) => at).join(),
  cut: "connection-lost",
  flood: "connection-lost",
  silent: "not-grpc",
  http1: "not-grpc",
  refused: "connection-refused",
  missing: "socket-missing",
  diagnoses: ["http2", "silent", "other-protocol", "refused", "missing"],
};

test("on Node a call is sent whole and answered whole, and why one is not is known", async () => {
  expect(await exercise(folder.path)).toEqual(expected);
});

test("on Bun it is the same, and the process ends by itself", async () => {
  const bun = resolve("node_modules/.bin/bun");
  const words = [resolve("test/unit/rpc/exercise.ts"), folder.path];
  const { stdout } = await promisify(execFile)(bun, words, {
    cwd: folder.path,
    env: { PATH: env["PATH"] },
    timeout: 30_000,
  });
  expect(JSON.parse(stdout)).toEqual(expected);
});
