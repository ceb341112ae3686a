// What a server can do to a call over HTTP/2, by a server that has no library for gRPC to keep it from doing it.
import { once } from "node:events";
import { constants, createServer, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { callDuplex, callServerStream, callUnary, type Caller, type Method } from "../../../src/rpc/call.ts";
import { openChannel } from "../../../src/rpc/channel.ts";
import { parseEndpoint } from "../../../src/rpc/endpoint.ts";
import { framed } from "../../../src/rpc/message-frames.ts";
import { SocketFolder } from "./fake-runtime.ts";

const { NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants;

/** Text both ways. */
const echo: Method<string, string> = {
  service: "test.Echo",
  rpc: "Say",
  encode: (text) => Buffer.from(text),
  decode: (bytes) => {
    const text = Buffer.from(bytes).toString();
    if (text === "garbage") throw new RangeError("index out of range");
    return text;
  },
};

/** A server whose calls are dealt with by hand, and a caller on it. */
async function withServer(
  answer: (stream: ServerHttp2Stream, call: number, headers: Readonly<Record<string, unknown>>) => void,
  use: (caller: Caller, seen: { sessions: ServerHttp2Session[]; resets: number[] }) => Promise<void>,
): Promise<void> {
  using folder = new SocketFolder();
  const seen = { sessions: [] as ServerHttp2Session[], resets: [] as number[] };
  let calls = 0;
  const server = createServer({ settings: { maxConcurrentStreams: 1_000 } });
  server.on("session", (session) => seen.sessions.push(session));
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    stream.on("close", () => seen.resets.push(stream.rstCode ?? NGHTTP2_NO_ERROR));
    answer(stream, calls++, headers);
  });
  server.listen(folder.socket());
  await once(server, "listening");
  const channel = openChannel(parseEndpoint(folder.socket()), { receiveLimitBytes: 4 * 1024 * 1024 });
  try {
    await use({ channel }, seen);
  } finally {
    channel.close();
    for (const session of seen.sessions) session.destroy();
    server.close();
  }
}

/** Answers as gRPC servers do. */
function reply(
  stream: ServerHttp2Stream,
  messages: readonly (string | Buffer)[],
  status: object = { "grpc-status": "0" },
) {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ ...status }));
  for (const message of messages) {
    stream.write(typeof message === "string" ? framed(Buffer.from(message)) : message);
  }
  stream.end();
}

const say = (caller: Caller, options = {}): Promise<string> => callUnary(caller, echo, "hello", options);

/** What a stream gave, and what it failed with. */
async function read(stream: AsyncIterable<string>): Promise<{ seen: string[]; failure?: unknown }> {
  const seen: string[] = [];
  try {
    for await (const each of stream) seen.push(each);
    return { seen };
  } catch (failure) {
    return { seen, failure };
  }
}

test("a call is what gRPC over HTTP/2 says it is, and a long deadline is told in units that fit", async () => {
  const told: Readonly<Record<string, unknown>>[] = [];
  const answer = (stream: ServerHttp2Stream, _: number, headers: Readonly<Record<string, unknown>>): void => {
    told.push(headers);
    reply(stream, ["hi"]);
  };
  await withServer(answer, async (caller) => {
    expect(await say({ ...caller, headers: { "containerd-namespace": "k8s.io" } })).toBe("hi");
    for (const timeoutMs of [1_500, 200_000_000, 200_000_000_000]) expect(await say(caller, { timeoutMs })).toBe("hi");
  });
  expect(told[0]).toMatchObject({
    ":method": "POST",
    ":path": "/test.Echo/Say",
    ":scheme": "http",
    ":authority": "localhost",
    te: "trailers",
    "content-type": "application/grpc",
    "containerd-namespace": "k8s.io",
  });
  expect(told[0]).not.toHaveProperty("grpc-timeout");
  const timeouts = told.slice(1).map((headers) => String(headers["grpc-timeout"]));
  expect(timeouts[0]).toMatch(/^1(?:500|4\d\d)m$/u);
  expect(timeouts.slice(1)).toEqual(["200000S", "55556H"]);
});

test.each([
  ["a value that begins another header", { "containerd-namespace": "k8s.io\r\ngrpc-timeout: 1n" }],
  ["a value beyond ASCII", { "containerd-namespace": "k\u00e9" }],
  ["a name that is none", { ":path": "/other" }],
])("%s is refused before anything is sent", async (_, headers) => {
  let calls = 0;
  await withServer(
    (stream) => (calls++, reply(stream, ["hi"])),
    async (caller) => {
      const wrong = { ...caller, headers };
      await expect(say(wrong)).rejects.toMatchObject({ code: "usage" });
      await expect(read(callServerStream(wrong, echo, "hello", {}))).resolves.toMatchObject({
        failure: { code: "usage" },
      });
      expect(await say(caller)).toBe("hi");
      expect(calls).toBe(1);
    },
  );
});

test("a call that the server refused to look at is sent again, but not for ever", async () => {
  const refuse = (times: number) => (stream: ServerHttp2Stream, call: number) => {
    if (call < times) stream.close(NGHTTP2_REFUSED_STREAM);
    else reply(stream, ["hi"]);
  };
  await withServer(refuse(1), async (caller) => expect(await say(caller)).toBe("hi"));
  await withServer(refuse(3), async (caller) => {
    await expect(say(caller)).rejects.toMatchObject({
      code: "connection-lost",
      message: expect.stringContaining("REFUSED_STREAM"),
    });
  });
});

test.each([
  ["no message", [], "malformed-answer"],
  ["a message that cannot be read", ["garbage"], "malformed-answer"],
  ["a compressed message", [Buffer.from([1, 0, 0, 0, 1, 65])], "malformed-answer"],
  ["a message over the limit", [Buffer.from([0, 0x7f, 0, 0, 0])], "runtime-failed"],
] as const)("an answer of %s is %s", async (_, messages, code) => {
  await withServer(
    (stream) => reply(stream, messages),
    async (caller) => {
      await expect(say(caller)).rejects.toMatchObject({ code, rpc: "Say" });
      await expect(read(callServerStream(caller, echo, "hello", {}))).resolves.toMatchObject(
        messages.length === 0 ? { seen: [] } : { seen: [], failure: { code } },
      );
    },
  );
});

test("an answer that ends without a status is a lost connection, whatever came before", async () => {
  const cut = (stream: ServerHttp2Stream): void => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
    stream.end(framed(Buffer.from("hi")));
  };
  await withServer(cut, async (caller) => {
    await expect(say(caller)).rejects.toMatchObject({ code: "connection-lost" });
    const { seen, failure } = await read(callServerStream(caller, echo, "hello", {}));
    expect(seen).toEqual(["hi"]);
    expect(failure).toMatchObject({ code: "connection-lost" });
  });
});

test("a server that speaks HTTP/2 and no gRPC is told by its HTTP status", async () => {
  const refuse = (stream: ServerHttp2Stream): void => {
    stream.respond({ ":status": 503, "content-type": "text/html" });
    stream.end("<html>");
  };
  await withServer(refuse, async (caller) => {
    await expect(say(caller)).rejects.toMatchObject({ code: "runtime-failed", status: "UNAVAILABLE" });
  });
});

test("what a stream gave before it was reset is read before the failure is told", async () => {
  const cut = (stream: ServerHttp2Stream): void => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" });
    stream.write(framed(Buffer.from("one")));
    stream.write(framed(Buffer.from("two")), () => stream.destroy(new Error("broke")));
  };
  await withServer(cut, async (caller) => {
    const stream = callServerStream(caller, echo, "hello", {});
    await sleep(50);
    const { seen, failure } = await read(stream);
    expect(seen).toEqual(["one", "two"]);
    expect(failure).toMatchObject({ code: "connection-lost", message: expect.stringContaining("INTERNAL_ERROR") });
  });
});

test("a server that wants no more calls finishes what it has, and the next call has a connection of its own", async () => {
  const streams: ServerHttp2Stream[] = [];
  await withServer(
    (stream) => streams.push(stream),
    async (caller, { sessions }) => {
      const first = say(caller);
      while (streams.length < 1) await sleep(5);
      sessions[0]?.close(); // a GOAWAY with NO_ERROR
      await sleep(20);
      const second = say(caller);
      while (streams.length < 2) await sleep(5);
      for (const stream of streams) reply(stream, ["hi"]);
      expect(await Promise.all([first, second])).toEqual(["hi", "hi"]);
      expect(sessions).toHaveLength(2);
    },
  );
});

test("calls that start together share one connection, and one that is given up does not cost the others theirs", async () => {
  await withServer(
    (stream) => reply(stream, ["hi"]),
    async (caller, { sessions }) => {
      const giveUp = new AbortController();
      const given = say(caller, { signal: giveUp.signal });
      const others = [say(caller), say(caller)];
      giveUp.abort();
      await expect(given).rejects.toMatchObject({ code: "cancelled" });
      expect(await Promise.all(others)).toEqual(["hi", "hi"]);
      expect(sessions).toHaveLength(1);
    },
  );
});

test("calls that went well are not reset, however many: servers take that for an attack", async () => {
  await withServer(
    (stream) => reply(stream, ["hi"]),
    async (caller, { sessions, resets }) => {
      for (let turn = 0; turn < 50; turn++) await Promise.all(Array.from({ length: 32 }, () => say(caller)));
      await read(callServerStream(caller, echo, "hello", {}));
      await sleep(20);
      expect(sessions).toHaveLength(1);
      expect(resets).toEqual(Array.from({ length: 50 * 32 + 1 }, () => NGHTTP2_NO_ERROR));
    },
  );
});

test("a reader who takes his time lets the server wait, and still gets everything", async () => {
  const message = framed(Buffer.alloc(1024 * 1024, "x"));
  let sent = 0;
  const flood = (stream: ServerHttp2Stream): void => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    const more = (): void => {
      if (sent === 64) stream.end();
      else stream.write(message, () => (sent++, more()));
    };
    more();
  };
  await withServer(flood, async (caller) => {
    const stream = callServerStream(caller, echo, "hello", {});
    await stream.ready;
    let before = -1;
    while (sent > before) {
      before = sent;
      await sleep(100);
    }
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(24); // the window is 8 MiB
    const { seen, failure } = await read(stream);
    expect(failure).toBeUndefined();
    expect(seen).toHaveLength(64);
  });
});

test("a call whose answer has come takes requests and drops them, and ends without a reset for a failure", async () => {
  await withServer(
    (stream) => reply(stream, ["enough"]),
    async (caller, { resets }) => {
      const call = callDuplex(caller, echo, {});
      expect(await read(call)).toEqual({ seen: ["enough"] });
      await call.send("more");
      await call.end();
      while (resets.length === 0) await sleep(5);
      expect(resets).toEqual([NGHTTP2_NO_ERROR]);
    },
  );
});

test("a call both ways waits for room, sends in order, and learns of the end", async () => {
  const back = (stream: ServerHttp2Stream): void => {
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.on("data", (piece: Buffer) => stream.write(piece));
    stream.on("end", () => stream.end());
  };
  await withServer(back, async (caller) => {
    await using call = callDuplex(caller, echo, {});
    const words = Array.from({ length: 200 }, (_, at) => `${at} ${"x".repeat(10_000)}`);
    const sending = (async () => {
      for (const word of words) await call.send(word);
      await call.end();
    })();
    expect((await read(call)).seen).toEqual(words);
    await sending;
  });
});

test("a closed channel makes no more calls, and lets those finish that are under way", async () => {
  await withServer(
    (stream) => void setTimeout(() => reply(stream, ["hi"]), 50),
    async (caller) => {
      const call = say(caller);
      await sleep(20);
      caller.channel.close();
      expect(await call).toBe("hi");
      await expect(say(caller)).rejects.toMatchObject({
        code: "cancelled",
        message: expect.stringContaining("closed"),
      });
    },
  );
});

test("a call that is sent again has no more time than it was given", async () => {
  const told: string[] = [];
  const refuse = (stream: ServerHttp2Stream, _: number, headers: Readonly<Record<string, unknown>>): void => {
    told.push(String(headers["grpc-timeout"]));
    setTimeout(() => stream.close(NGHTTP2_REFUSED_STREAM), 100);
  };
  await withServer(refuse, async (caller) => {
    await expect(say(caller, { timeoutMs: 60_000 })).rejects.toMatchObject({ code: "connection-lost" });
    const [first = 0, second = 0, third = 0] = told.map((text) => Number(/^(\d+)m$/u.exec(text)?.[1]));
    expect(first - second).toBeGreaterThan(80);
    expect(second - third).toBeGreaterThan(80);
  });
});

test("a request that cannot be written opens nothing", async () => {
  let calls = 0;
  const unwritable: Method<string, string> = {
    ...echo,
    encode: () => {
      throw new RangeError("too large for its field");
    },
  };
  await withServer(
    (stream) => (calls++, reply(stream, ["hi"])),
    async (caller) => {
      await expect(callUnary(caller, unwritable, "hello", {})).rejects.toThrow("its field");
      const { failure } = await read(callServerStream(caller, unwritable, "hello", {}));
      expect(failure).toMatchObject({ message: "too large for its field" });
      expect(await say(caller)).toBe("hi");
      expect(calls).toBe(1);
    },
  );
});

test("a header that cannot be sent opens no connection, which nobody would use", async () => {
  await withServer(
    (stream) => reply(stream, ["hi"]),
    async (caller, { sessions }) => {
      await expect(say({ ...caller, headers: { "a b": "c" } })).rejects.toMatchObject({ code: "usage" });
      await sleep(50);
      expect(sessions).toHaveLength(0);
    },
  );
});
