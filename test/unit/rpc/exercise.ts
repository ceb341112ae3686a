// What a socket is put through, on Node and on Bun. As a program: exercise.ts FOLDER, which prints what came of it as JSON.
import { writeSync } from "node:fs";
import { join } from "node:path";
import { argv, exit } from "node:process";
import { callDuplex, callUnary, type Method } from "../../../src/rpc/call.ts";
import { openChannel } from "../../../src/rpc/channel.ts";
import { diagnose } from "../../../src/rpc/diagnose.ts";
import { parseEndpoint } from "../../../src/rpc/endpoint.ts";

const bytes: Method<Uint8Array, number> = {
  service: "test.Echo",
  rpc: "Say",
  encode: (message) => message,
  decode: (message) => message.length,
};

/** Calls on the sockets of a folder: `echo.sock`, `cut.sock`, `flood.sock`, `silent.sock`, `http1.sock`, `refused.sock`, and one that there is not. */
export async function exercise(folder: string): Promise<unknown> {
  const codeOf = async (name: string): Promise<unknown> => {
    const channel = openChannel(parseEndpoint(join(folder, name)), { connectTimeoutMs: 300 });
    try {
      return await callUnary({ channel }, bytes, Buffer.from("hello"), { timeoutMs: 5_000 });
    } catch (error) {
      return (error as { code?: unknown }).code;
    } finally {
      channel.close();
    }
  };
  const echo = openChannel(parseEndpoint(join(folder, "echo.sock")));
  const caller = { channel: echo };
  // More than a socket takes at once, several at a time, and while much comes back.
  const sizes = [0, 1, 100_000, 4_000_000, 12_000_000];
  const lengths = await Promise.all(sizes.map((size) => callUnary(caller, bytes, Buffer.alloc(size, "x"), {})));
  const calls = await Promise.all(
    Array.from({ length: 500 }, (_, at) => callUnary(caller, bytes, Buffer.alloc(at), {})),
  );
  const back: number[] = [];
  const both = callDuplex(caller, bytes, {});
  const reading = (async () => {
    for await (const length of both) back.push(length);
  })();
  for (let at = 0; at < 50; at++) await both.send(Buffer.alloc(100_000 + at));
  await both.end();
  await reading;
  echo.close();
  return {
    lengths,
    calls: calls.reduce((sum, length) => sum + length, 0),
    back: back.map((length) => length - 100_000).join(),
    cut: await codeOf("cut.sock"),
    flood: await codeOf("flood.sock"),
    silent: await codeOf("silent.sock"),
    http1: await codeOf("http1.sock"),
    refused: await codeOf("refused.sock"),
    missing: await codeOf("missing.sock"),
    diagnoses: await Promise.all(
      ["echo", "silent", "http1", "refused", "missing"].map(
        async (name) => (await diagnose(parseEndpoint(join(folder, `${name}.sock`)), 300)).state,
      ),
    ),
  };
}

if (argv[1]?.endsWith("exercise.ts") === true) {
  writeSync(1, JSON.stringify(await exercise(argv[2] ?? "")));
  // Nothing is left that keeps the process: if something did, the test would wait for it.
  setTimeout(() => exit(70), 5_000).unref();
}
