// Channels over WebSocket, against a server of the package `ws` that says what no runtime can be made to say.
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { isRefusal, type Piece, type Purpose, type Session } from "../../../../src/streaming/session.ts";
import { streamingTarget } from "../../../../src/streaming/target.ts";
import { openSession } from "../../../../src/streaming/websocket/session.ts";

const command: Purpose = { kind: "command", stdin: true, stdout: true, stderr: true, tty: false };
const port: Purpose = { kind: "port", port: 8080 };
const v4 = "v4.channel.k8s.io";
const v5 = "v5.channel.k8s.io";

const servers: WebSocketServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const client of server.clients) client.terminate();
    server.close();
  }
});

/** How a server answers: with the protocol that it takes, and what it does with a session. */
interface Plan {
  readonly protocol?: string;
  readonly onSession?: (socket: WebSocket, request: IncomingMessage) => void;
}

/** Opens a session with a server of its own. Each message the server gets is in `got`, as bytes. */
async function openWith(
  purpose: Purpose,
  { protocol = v4, onSession }: Plan = {},
): Promise<{ readonly session: Session; readonly got: Buffer[]; readonly offered: readonly string[] }> {
  const got: Buffer[] = [];
  let offered: readonly string[] = [];
  const server = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    handleProtocols: (all) => {
      offered = [...all];
      return protocol;
    },
  });
  servers.push(server);
  server.on("connection", (socket, request) => {
    socket.on("message", (data: Buffer) => got.push(data));
    onSession?.(socket, request);
  });
  await once(server, "listening");
  const session = await openSession(await targetOf(server), purpose, {});
  if (isRefusal(session)) throw new Error(`refused: ${session.answer}`);
  return { session, got, offered };
}

function targetOf(server: WebSocketServer): ReturnType<typeof streamingTarget> {
  const { port: at } = server.address() as AddressInfo;
  return streamingTarget(`http://127.0.0.1:${at}/exec/token`, "unix:///x.sock", {});
}

const message = (...parts: readonly (number | string)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from([part]))));

/** All pieces, as `channel text` each; an end is `channel.`. */
async function read(session: Session): Promise<readonly string[]> {
  const shown: string[] = [];
  for await (const { channel, bytes, isLast } of session.pieces()) {
    shown.push(isLast ? `${channel}.` : `${channel} ${Buffer.from(bytes).toString()}`);
  }
  return shown;
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test("the first byte of a message is its channel; empty ones and channels that nobody knows are passed over", async () => {
  const { session, offered } = await openWith(command, {
    onSession: (socket) => {
      for (const each of [message(1, "out"), message(2, "err"), message(1), message(7, "?"), message()])
        socket.send(each);
      socket.send(message(3, "last word"));
      socket.close(1000);
    },
  });
  expect(offered).toEqual([v5, v4, "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"]);
  expect(session).toMatchObject({ transport: "websocket", protocol: v4, canEndInput: false });
  expect(await read(session)).toEqual(["stdout out", "stderr err", "error last word", "stdout.", "stderr.", "error."]);
});

test("version 5 tells the end of one channel, while the others go on, and can be told the end of input", async () => {
  const { session, got } = await openWith(command, {
    protocol: v5,
    onSession: (socket) => {
      socket.send(message(255, 1));
      socket.send(message(255, 9)); // of none that there is
      socket.send(message(2, "more"));
      socket.once("message", () => socket.close(1000));
    },
  });
  expect(session.canEndInput).toBe(true);
  const pieces = read(session);
  await session.endInput();
  expect((await pieces).slice(0, 2)).toEqual(["stdout.", "stderr more"]);
  expect(got).toEqual([message(255, 0)]);
});

test("where the end of input cannot be told nothing is sent", async () => {
  const { session, got } = await openWith(command);
  await session.endInput();
  await session.write(Buffer.from("x"));
  await until(() => got.length > 0);
  expect(got).toEqual([message(0, "x")]);
  session.close();
});

test("a port is asked for in the query, and the port's number at the start of each channel is no data", async () => {
  let query: string | null = null;
  const { session, offered } = await openWith(port, {
    onSession: (socket, request) => {
      query = new URL(`http://host${request.url}`).searchParams.get("port");
      // 8080 is 0x1f90; it may come in pieces, and with data behind it.
      for (const each of [message(0, 0x1f), message(0, 0x90, "da"), message(1, 0x1f, 0x90), message(0, "ta")]) {
        socket.send(each);
      }
      socket.send(message(1, "refused"));
      socket.close(1000);
    },
  });
  expect([query, offered]).toEqual(["8080", [v4]]);
  expect(await read(session)).toEqual(["data da", "data ta", "error refused", "data.", "error."]);
});

test("input goes in messages of 32 KiB, in its order", async () => {
  const { session, got } = await openWith(command);
  const input = Buffer.from(Array.from({ length: 100_000 }, (_, at) => at % 251));
  expect(await session.write(input)).toBe(true);
  await until(() => got.length === 4);
  expect(got.map(({ length }) => length)).toEqual([32_769, 32_769, 32_769, 100_000 - 3 * 32_768 + 1]);
  expect(got.every(([channel]) => channel === 0)).toBe(true);
  expect(Buffer.concat(got.map((each) => each.subarray(1))).equals(input)).toBe(true);
  session.close();
});

test.each([
  [v4, 1],
  ["v3.channel.k8s.io", 1],
  ["v2.channel.k8s.io", 0],
  ["channel.k8s.io", 0],
])("the size of a terminal is told as JSON where the protocol has it: %s", async (protocol, count) => {
  const { session, got } = await openWith({ ...command, tty: true }, { protocol });
  await session.resize({ columns: 80, rows: 24 });
  await session.write(Buffer.from("x"));
  await until(() => got.some(([channel]) => channel === 0));
  const sizes = got.filter(([channel]) => channel === 4);
  expect(sizes).toHaveLength(count);
  for (const size of sizes) expect(JSON.parse(size.toString("utf8", 1))).toEqual({ Width: 80, Height: 24 });
  session.close();
});

test.each([
  ["hangs up", (socket: WebSocket) => socket.terminate()],
  ["says that something went wrong", (socket: WebSocket) => socket.close(1011, "oh")],
  ["sends more than is taken", (socket: WebSocket) => socket.send(Buffer.alloc(4_194_305))],
])("a server that %s has broken the connection, after what had come", async (_, end) => {
  const { session } = await openWith(command, {
    onSession: (socket) => {
      socket.send(message(1, "before"));
      setTimeout(end, 50, socket);
    },
  });
  const pieces: Piece[] = [];
  const reading = (async () => {
    for await (const piece of session.pieces()) pieces.push(piece);
  })();
  await expect(reading).rejects.toMatchObject({ code: "connection-lost" });
  expect(pieces.map(({ channel }) => channel)).toEqual(["stdout"]);
  expect(await session.write(Buffer.alloc(1_000_000))).toBe(false);
});

test("a reader who takes his time holds up the server, and gets everything", async () => {
  const count = 400;
  let server: WebSocket | undefined;
  const { session } = await openWith(command, {
    onSession: (socket) => {
      server = socket;
      for (let at = 0; at < count; at++) socket.send(message(1, "x".repeat(100_000)));
    },
  });
  let bytes = 0;
  let heldBytes = 0;
  for await (const piece of session.pieces()) {
    bytes += piece.bytes.length;
    if (heldBytes === 0) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      heldBytes = server?.bufferedAmount ?? 0;
    }
    if (bytes === count * 100_000) break;
  }
  // Forty megabytes were sent; what the kernel holds and sixteen messages are all that had left the server.
  expect(heldBytes).toBeGreaterThan(25_000_000);
  session.close();
});

test("a server that takes no input holds up the writer, and closing lets him go", async () => {
  const { session } = await openWith(command, { onSession: (socket) => socket.pause() });
  let isTaken = false;
  const writing = session.write(Buffer.alloc(50_000_000)).then((taken) => {
    isTaken = true;
    return taken;
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(isTaken).toBe(false);
  session.close();
  session.close();
  expect(await writing).toBe(false);
});

test("a server that refuses says why, cut short", async () => {
  const server = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    verifyClient: (_: unknown, done: (isTaken: boolean, code: number, text: string) => void) =>
      done(false, 403, `not for you${"!".repeat(5_000)}`),
  });
  servers.push(server);
  await once(server, "listening");
  const refusal = await openSession(await targetOf(server), command, {});
  expect(refusal).toMatchObject({ transport: "websocket", status: 403 });
  expect(isRefusal(refusal) && refusal.answer).toMatch(/^not for you!{100,}$/u);
  expect(isRefusal(refusal) && refusal.answer.length).toBe(1_024);
});

test("a session that is given up while it is opened is no session", async () => {
  const server = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    verifyClient: (_info: unknown, _done: unknown) => undefined,
  });
  servers.push(server);
  await once(server, "listening");
  const opening = openSession(await targetOf(server), command, { timeoutMs: 100 });
  await expect(opening).rejects.toMatchObject({ code: "deadline-exceeded" });
  const reason = new Error("enough");
  const cancelled = openSession(await targetOf(server), command, { signal: AbortSignal.abort(reason) });
  await expect(cancelled).rejects.toMatchObject({ code: "cancelled", cause: reason });
});
