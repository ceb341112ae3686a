// Against nghttp2, which is in Node and has nothing of ours: what it says is understood, and what it is told it understands.
import { once } from "node:events";
import { constants, createServer, type ServerHttp2Stream } from "node:http2";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openSocket } from "../../../../src/rpc/byte-socket.ts";
import { parseEndpoint } from "../../../../src/rpc/endpoint.ts";
import { Http2Connection } from "../../../../src/rpc/http2/connection.ts";
import type { HeaderBlock } from "../../../../src/rpc/http2/header-decoder.ts";
import type { Header } from "../../../../src/rpc/http2/header-table.ts";
import { SocketFolder } from "../fake-runtime.ts";

type Serve = (stream: ServerHttp2Stream, headers: Readonly<Record<string, unknown>>) => void;

/** A connection to a server of Node's. */
async function withServer(
  options: Parameters<typeof createServer>[0],
  serve: Serve,
  use: (connection: Http2Connection) => Promise<void>,
): Promise<void> {
  using folder = new SocketFolder();
  const server = createServer(options as object);
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream: ServerHttp2Stream, headers: object) => {
    stream.on("error", () => undefined);
    serve(stream, headers as Readonly<Record<string, unknown>>);
  });
  server.listen(folder.socket());
  await once(server, "listening");
  const connection = new Http2Connection((events) => openSocket(parseEndpoint(folder.socket()), events), 5_000);
  try {
    await use(connection);
  } finally {
    connection.close();
    for (const session of sessions) session.destroy();
    server.close();
  }
}

interface Answer {
  readonly blocks: readonly HeaderBlock[];
  readonly body: Buffer;
  readonly code: number;
}

const pseudo: readonly Header[] = [
  [":method", "POST"],
  [":scheme", "http"],
  [":authority", "localhost"],
  [":path", "/x"],
];

/** Sends a request with a body in pieces, and waits for everything. */
async function ask(
  connection: Http2Connection,
  { headers = [], body = [] }: { readonly headers?: readonly Header[]; readonly body?: readonly Buffer[] } = {},
): Promise<Answer> {
  const blocks: HeaderBlock[] = [];
  const pieces: Buffer[] = [];
  const ended = new Promise<Answer>((resolve) => {
    const stream = connection.request([...pseudo, ...headers], {
      onHeaders: (block) => blocks.push(block),
      onData: (piece) => pieces.push(piece),
      onEnd: (code) => resolve({ blocks, body: Buffer.concat(pieces), code }),
    });
    for (const piece of body) void stream.write(piece);
    void stream.write(Buffer.alloc(0), true);
  });
  return ended;
}

/** What HTTP lets be in a value, beyond ASCII too, and long enough for every kind of length. */
const value = fc
  .array(fc.oneof(fc.integer({ min: 0x21, max: 0x7e }), fc.integer({ min: 0xa0, max: 0xff })), { maxLength: 400 })
  .map((codes) => String.fromCharCode(...codes));
const name = fc.constantFrom(
  "a",
  "content-type",
  "user-agent",
  "x-long-name-that-is-in-no-table",
  "grpc-message",
  "te2",
);
const headers = fc.uniqueArray(fc.tuple(name, value), { selector: ([each]) => each, maxLength: 6 });

test("headers are the same on the other side, both ways, whatever came before on the connection", async () => {
  const serve: Serve = (
    stream,
    { ":method": _method, ":path": _path, ":scheme": _scheme, ":authority": _host, ...told },
  ) => {
    stream.respond({ ":status": 200, date: "today", ...(told as object) }, { endStream: true });
  };
  await withServer({}, serve, async (connection) => {
    await fc.assert(
      fc.asyncProperty(headers, async (list) => {
        const { blocks } = await ask(connection, { headers: list });
        expect(Object.fromEntries(blocks[0] ?? [])).toEqual({
          ":status": "200",
          date: "today",
          ...Object.fromEntries(list),
        });
      }),
      { numRuns: 200 },
    );
  });
});

test("headers of 50 kB arrive, which take several frames", async () => {
  const long = "v".repeat(50_000);
  const limits = { maxHeaderListPairs: 1_000, settings: { maxHeaderListSize: 1_000_000 } };
  await withServer(
    limits,
    (stream) => stream.respond({ ":status": 200, long }, { endStream: true }),
    async (connection) => {
      const { blocks } = await ask(connection);
      expect(blocks[0]?.get("long") === long).toBe(true);
    },
  );
});

const echo: Serve = (stream) => {
  stream.respond({ ":status": 200 });
  stream.pipe(stream);
};

test.each([
  ["as usual", {}],
  ["a window of one byte", { settings: { initialWindowSize: 1 } }, 2_000],
  ["a window of 1,000 bytes", { settings: { initialWindowSize: 1_000 } }],
  ["frames of 1 MiB", { settings: { maxFrameSize: 1024 * 1024, initialWindowSize: 4 * 1024 * 1024 } }],
  ["padding everywhere", { paddingStrategy: constants.PADDING_STRATEGY_MAX }],
  ["few streams at once", { settings: { maxConcurrentStreams: 2 } }],
])("a body comes back as it was, with %s", async (_, options, most = 3_000_000) => {
  await withServer(options, echo, async (connection) => {
    await connection.greeted;
    const sizes = [0, 1, 16_384, 16_385, 65_535, 65_536, 1_000_000, 3_000_000].filter((size) => size <= most);
    const bodies = sizes.map((size) => Buffer.alloc(size, `${size} bytes of a body, `));
    const answers = await Promise.all(
      bodies.map((body) => ask(connection, { body: [body.subarray(0, 10), body.subarray(10)] })),
    );
    for (const [at, { body, code }] of answers.entries()) {
      expect(code).toBe(0);
      expect(body.equals(bodies[at]!)).toBe(true);
    }
  });
});

test("20 MB in one answer are taken, though nobody but the connection says that they are read", async () => {
  const serve: Serve = (stream) => {
    stream.respond({ ":status": 200 });
    stream.end(Buffer.alloc(20_000_000, "x"));
  };
  await withServer({ maxSessionMemory: 1_000 }, serve, async (connection) => {
    const answers = await Promise.all([ask(connection), ask(connection)]);
    expect(answers.map(({ body }) => body.length)).toEqual([20_000_000, 20_000_000]);
  });
});
