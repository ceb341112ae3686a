import { chmod, chown, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { beforeEach, describe, expect, test } from "vitest";
import { makeLabFolder, removeEmptyFolders } from "../../../src/lab/lab-folder.ts";

// A lab's folder is root's, so only root can try.
describe.skipIf(userInfo().uid !== 0)("a lab's folder", () => {
  let base = "";
  beforeEach(async () => {
    base = await mkdtemp(`${tmpdir()}/crikit-folder-`);
    return () => rm(base, { recursive: true });
  });

  test("lets others pass but not look, and so do the folders that were made for it", async () => {
    const before = process.umask(0o077);
    try {
      expect(await makeLabFolder(`${base}/a/b/lab`)).toBe(`${base}/a`);
    } finally {
      process.umask(before);
    }
    const modes = await Promise.all(
      ["a", "a/b", "a/b/lab"].map(async (path) => (await stat(`${base}/${path}`)).mode & 0o777),
    );
    expect(modes).toEqual([0o711, 0o711, 0o711]);
  });

  test("that is there and empty is taken, and not the lab's to remove", async () => {
    await mkdir(`${base}/lab`);
    expect(await makeLabFolder(`${base}/lab`)).toBeUndefined();
  });

  test("that holds something is refused", async () => {
    await mkdir(`${base}/lab/etc`, { recursive: true });
    await expect(makeLabFolder(`${base}/lab`)).rejects.toMatchObject({ code: "lab-failed" });
  });

  test("with nothing but a half-written record is taken: nothing was started there", async () => {
    await mkdir(`${base}/lab`);
    await writeFile(`${base}/lab/lab.json.new`, "{");
    await makeLabFolder(`${base}/lab`);
    expect(await readdir(`${base}/lab`)).toEqual([]);
  });

  test("behind a symbolic link is refused, and the hint says the real one", async () => {
    await mkdir(`${base}/real`);
    await symlink(`${base}/real`, `${base}/link`);
    await expect(makeLabFolder(`${base}/link/lab`)).rejects.toMatchObject({
      code: "lab-failed",
      hint: `say ${base}/real/lab instead`,
    });
    expect(await readdir(`${base}/real`)).toEqual([]);
  });

  test("below a folder of somebody else's is refused", async () => {
    await mkdir(`${base}/theirs`);
    await chown(`${base}/theirs`, 1234, 1234);
    await expect(makeLabFolder(`${base}/theirs/lab`)).rejects.toMatchObject({ code: "lab-failed" });
    expect(await readdir(`${base}/theirs`)).toEqual([]);
  });

  test("below a folder where others can write is refused, unless it is sticky as /tmp is", async () => {
    await mkdir(`${base}/open`);
    await chmod(`${base}/open`, 0o777);
    await expect(makeLabFolder(`${base}/open/lab`)).rejects.toMatchObject({ code: "lab-failed" });
    await chmod(`${base}/open`, 0o1777);
    await makeLabFolder(`${base}/open/lab`);
  });

  test("that cannot be made is a failure, and not an endless try", async () => {
    await expect(makeLabFolder("/proc/no/lab")).rejects.toMatchObject({ code: "lab-failed" });
  });

  test("goes with the folders that were made for it, up to the first that holds something else", async () => {
    await mkdir(`${base}/a/b/lab`, { recursive: true });
    await writeFile(`${base}/a/keep`, "");
    await removeEmptyFolders(`${base}/a/b/lab`, `${base}/a`);
    expect(await readdir(`${base}/a`)).toEqual(["keep"]);
  });
});
