import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { handshake } from "../../../src/streaming/handshake.ts";
import { streamingTarget } from "../../../src/streaming/target.ts";

const endpoint = "unix:///x.sock";
const target = await streamingTarget("http://127.0.0.1:1234/exec/token", endpoint, {});
/** Waits until it is given up. */
const waiting = (giveUp: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => giveUp.addEventListener("abort", () => reject(new Error("socket hang up"))));

test("a time that no timer holds is long, and not over at once", async () => {
  for (const timeoutMs of [2 ** 31, Number.MAX_SAFE_INTEGER, Infinity]) {
    expect(await handshake(target, { timeoutMs }, (giveUp) => Promise.race([sleep(30, "done"), waiting(giveUp)]))).toBe(
      "done",
    );
  }
});

test("what goes wrong is told with its endpoint, and without the token", async () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const expired = Object.assign(new Error("certificate has expired"), { code: "CERT_HAS_EXPIRED" });
  const attempts: Readonly<Record<string, () => Promise<unknown>>> = {
    "deadline-exceeded": () => handshake(target, { timeoutMs: 10 }, waiting),
    cancelled: () => handshake(target, { signal: AbortSignal.abort() }, waiting),
    "connection-refused": () => handshake(target, {}, () => Promise.reject(refused)),
    "connection-lost": () => handshake(target, {}, () => Promise.reject(new Error("socket hang up"))),
    untrusted: () => handshake(target, {}, () => Promise.reject(expired)),
  };
  for (const [code, attempt] of Object.entries(attempts)) {
    await expect(attempt()).rejects.toMatchObject({ code, endpoint, message: expect.not.stringContaining("token") });
  }
});
