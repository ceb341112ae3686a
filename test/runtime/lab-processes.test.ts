import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { labPaths } from "../../src/lab/lab-paths.ts";
import { labProcesses } from "../../src/lab/sweep-processes.ts";
import { commandLine } from "../../src/linux/process.ts";

const bind = (rootfs: string, on: string): string => `mount --bind ${rootfs} ${on}`;
const overlay = (rootfs: string, on: string): string => {
  mkdirSync(`${rootfs}.upper`);
  mkdirSync(`${rootfs}.work`);
  const options = `lowerdir=${rootfs},upperdir=${rootfs}.upper,workdir=${rootfs}.work`;
  return `mount -t overlay overlay -o ${options} ${on}`;
};

test.each([
  ["a bind mount", bind],
  ["an overlay", overlay],
])("what runs on %s of a folder whose path only ends as the lab's is nobody of the lab", async (_, mount) => {
  const outer = mkdtempSync(join(tmpdir(), "crikit-outer-"));
  onTestFinished(() => rmSync(outer, { recursive: true }));
  const dir = `/lab-of-${basename(outer)}`;
  const rootfs = `${outer}${dir}/rootfs`;
  mkdirSync(rootfs, { recursive: true });
  mkdirSync(`${outer}/mounted`);
  copyFileSync("/bin/busybox", `${rootfs}/busybox`);
  const script = `${mount(rootfs, `${outer}/mounted`)} && exec chroot ${outer}/mounted /busybox cat`;
  const child = spawn("unshare", ["--mount", "sh", "-c", script], { stdio: ["pipe", "ignore", "inherit"] });
  const pid = child.pid ?? 0;
  try {
    while ((await commandLine(pid))[0] !== "/busybox") {
      expect(child.exitCode).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const partsIn = async (folder: string): Promise<readonly string[]> =>
      (await labProcesses(labPaths(folder), [])).filter((one) => one.pid === pid).map(({ part }) => part);
    expect(await partsIn(`${outer}${dir}`)).toEqual(["contained"]);
    expect(await partsIn(dir)).toEqual([]);
  } finally {
    child.stdin.end();
    await once(child, "exit");
  }
});
