import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { hasCapability } from "../../../src/linux/capability.ts";

/** Asks a /proc whose own process has these capabilities in effect, as the kernel prints them. */
async function withCapEff<T>(line: string, ask: (proc: string) => Promise<T>): Promise<T> {
  const proc = mkdtempSync(join(tmpdir(), "crikit-proc-"));
  try {
    mkdirSync(join(proc, "self"));
    writeFileSync(join(proc, "self", "status"), `Name:\tnode\nCapPrm:\t000001ffffffffff\n${line}\nCapBnd:\t0\n`);
    return await ask(proc);
  } finally {
    rmSync(proc, { recursive: true });
  }
}

test("everything but CAP_SYS_RESOURCE is told apart from it, above the 32 bits that JavaScript's operators have", async () => {
  await withCapEff("CapEff:\t000001fffeffffff", async (proc) => {
    expect(await hasCapability("CAP_SYS_RESOURCE", proc)).toBe(false);
    expect(await hasCapability("CAP_SYS_ADMIN", proc)).toBe(true);
    expect(await hasCapability("CAP_NET_ADMIN", proc)).toBe(true);
  });
});

test("only what is in effect counts, and what cannot be read is not there", async () => {
  await withCapEff("CapEff:\t0000000001000000", async (proc) => {
    expect(await hasCapability("CAP_SYS_RESOURCE", proc)).toBe(true);
    expect(await hasCapability("CAP_SYS_PTRACE", proc)).toBe(false);
  });
  await withCapEff("", async (proc) => expect(await hasCapability("CAP_SYS_ADMIN", proc)).toBe(false));
  expect(await hasCapability("CAP_SYS_ADMIN", "/nowhere")).toBe(false);
});
