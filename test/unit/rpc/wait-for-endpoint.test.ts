import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { waitForEndpoint } from "../../../src/rpc/wait-for-endpoint.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "crikit-wait-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a socket that comes later is waited for", async () => {
  const path = join(folder, "late.sock");
  const server = createServer();
  let isThere = false;
  const timer = setTimeout(() => server.listen(path, () => (isThere = true)), 100);
  await waitForEndpoint(path, 3);
  expect(isThere).toBe(true);
  clearTimeout(timer);
  server.close();
});

test("one that never comes is given up after so many knocks, without a failure of its own", async () => {
  await waitForEndpoint(join(folder, "never.sock"), 1);
});

test("the wait ends with its signal", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const waiting = waitForEndpoint(join(folder, "never.sock"), -1, controller.signal);
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});

test("what is no endpoint is refused before any knock", async () => {
  await expect(waitForEndpoint("http://x", 3)).rejects.toMatchObject({ code: "usage" });
});
