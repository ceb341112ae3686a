import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readShimSockets, sweepShimSockets } from "../../../src/lab/sweep-shim-sockets.ts";

let folder: string;
const servers: Server[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "crikit-shim-sockets-"));
});
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await rm(folder, { recursive: true });
});

async function listening(name: string): Promise<void> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(join(folder, name), resolve));
}

/** A socket as a killed process leaves it. */
function left(name: string): void {
  const program =
    "require('node:net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
  const { signal } = spawnSync(process.execPath, ["--eval", program, join(folder, name)]);
  expect(signal).toBe("SIGKILL");
}

test("what nobody listens on goes, unless it was there before; what somebody listens on stays", async () => {
  left("before");
  const before = await readShimSockets(folder);
  expect(before).toEqual(["before"]);
  left("left");
  await listening("somebody");
  await sweepShimSockets(before, folder);
  expect((await readdir(folder)).toSorted()).toEqual(["before", "somebody"]);
});

test("a folder that is not there holds none", async () => {
  await sweepShimSockets([], join(folder, "none"));
  expect(await readShimSockets(join(folder, "none"))).toEqual([]);
});
