import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { dialPort } from "../../../src/streaming/dial-port.ts";
import { fakeSpdyServer } from "./fake-spdy-server.ts";

const protocol = "portforward.k8s.io";
const bytes = (words: string): Buffer => Buffer.from(words);

test("an answer comes whole, also when the error channel ends first", async () => {
  await using server = await fakeSpdyServer(protocol, (frame, { streams, say }) => {
    if (frame.type !== "data" || frame.streamId !== streams.get("data")) return;
    say({ type: "data", streamId: streams.get("error") ?? 0, bytes: bytes(""), isLast: true });
    say({ type: "data", streamId: frame.streamId, bytes: bytes("an "), isLast: false });
    say({ type: "data", streamId: frame.streamId, bytes: bytes("answer"), isLast: true });
  });
  const stream = await dialPort(server.line, "pod", { port: 80 });
  stream.write("question");
  expect(await text(stream)).toBe("an answer");
});

test("what the server says of a port is the stream's error", async () => {
  await using server = await fakeSpdyServer(protocol, (frame, { streams, say, socket }) => {
    if (frame.type !== "syn-stream" || streams.size < 2) return;
    say({ type: "data", streamId: streams.get("error") ?? 0, bytes: bytes("connection refused"), isLast: true });
    say({ type: "rst-stream", streamId: streams.get("data") ?? 0, status: 5 });
    socket.end();
  });
  const stream = await dialPort(server.line, "pod", { port: 80 });
  await expect(text(stream)).rejects.toMatchObject({
    code: "runtime-failed",
    message: expect.stringContaining("connection refused"),
  });
});

test("a connection that breaks is no end", async () => {
  for (const how of ["end", "destroy"] as const) {
    await using server = await fakeSpdyServer(protocol, (frame, { streams, say, socket }) => {
      if (frame.type !== "syn-stream" || streams.size < 2) return;
      say({ type: "data", streamId: streams.get("data") ?? 0, bytes: bytes("half"), isLast: false });
      setImmediate(() => socket[how]());
    });
    const stream = await dialPort(server.line, "pod", { port: 80 });
    await expect(text(stream)).rejects.toMatchObject({ code: "connection-lost", endpoint: "unix:///fake.sock" });
  }
});

test("the end of our input is told after a silence, or never when that is endless", async () => {
  for (const halfCloseMs of [20, Infinity, 2 ** 32]) {
    let isTold = false;
    await using server = await fakeSpdyServer(protocol, (frame, { streams }) => {
      if (frame.type === "data" && frame.streamId === streams.get("data")) isTold = frame.isLast;
    });
    const stream = await dialPort(server.line, "pod", { port: 80, halfCloseMs });
    stream.end("question");
    await sleep(200);
    expect(isTold, String(halfCloseMs)).toBe(halfCloseMs === 20);
    stream.destroy();
  }
});

test("a stream that is destroyed closes its connection", async () => {
  let gone: Promise<unknown> | undefined;
  await using server = await fakeSpdyServer(protocol, (_frame, { socket }) => {
    gone ??= once(socket, "close");
  });
  const stream = await dialPort(server.line, "pod", { port: 80 });
  stream.write("question");
  await expect.poll(() => gone !== undefined).toBe(true);
  stream.destroy();
  await gone;
});
