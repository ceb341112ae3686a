import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { NotFoundError } from "../../src/errors.ts";
import { bindMount, unmount } from "../../src/linux/mount.ts";
import { type NamespaceId, namespaceOf, sameNamespace, showNamespace } from "../../src/linux/namespace.ts";
import { resolveNetns } from "../../src/netns/resolve-netns.ts";

/** A process in a new network namespace. */
async function holder(): Promise<{ readonly pid: number; readonly id: NamespaceId; end(): Promise<void> }> {
  const child = spawn("unshare", ["--net", "cat"], { stdio: ["pipe", "ignore", "ignore"] });
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  const own = await namespaceOf("self", "net");
  while (sameNamespace(await namespaceOf(pid, "net"), own)) await new Promise((resolve) => setTimeout(resolve, 5));
  const end = async (): Promise<void> => {
    child.stdin.end();
    await once(child, "exit");
  };
  return { pid, id: await namespaceOf(pid, "net"), end };
}

test("a number means what is there now, not a mount that another one lies on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "crikit-resolve-"));
  const pin = join(folder, "pin");
  writeFileSync(pin, "");
  const [below, above] = [await holder(), await holder()];
  await bindMount(`/proc/${below.pid}/ns/net`, pin);
  onTestFinished(async () => {
    await unmount(pin);
    rmSync(folder, { recursive: true });
  });
  const never = (): never => expect.unreachable();
  expect(await resolveNetns(showNamespace(below.id), never)).toMatchObject({ path: pin, id: below.id });
  await bindMount(`/proc/${above.pid}/ns/net`, pin);
  onTestFinished(() => unmount(pin));
  expect(await resolveNetns(showNamespace(above.id), never)).toMatchObject({ path: pin, id: above.id });
  expect(await resolveNetns(String(below.id.ino), never)).toMatchObject({
    path: `/proc/${below.pid}/ns/net`,
    holder: { pid: below.pid },
  });
  await below.end();
  await expect(resolveNetns(String(below.id.ino), never)).rejects.toBeInstanceOf(NotFoundError);
  await above.end();
});
