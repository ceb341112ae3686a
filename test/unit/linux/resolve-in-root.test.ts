import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Folder } from "../../../src/linux/folder.ts";
import { resolveInRoot } from "../../../src/linux/resolve-in-root.ts";

let outside: string;
let root: string;

beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), "crikit-in-root-"));
  root = join(outside, "root");
  writeFileSync(join(outside, "secret"), "of the host");
  mkdirSync(join(root, "etc"), { recursive: true });
  writeFileSync(join(root, "etc/hosts"), "of the container");
});
afterEach(() => rmSync(outside, { recursive: true }));

/** What is read at a path, as the container would. */
async function textAt(path: string): Promise<string> {
  await using folder = await Folder.open(root);
  await using place = await resolveInRoot(folder, path);
  if (place.name === undefined) return `folder: ${(await place.folder.names()).join(" ")}`;
  await using file = await place.folder.read(place.name);
  return await file.readFile("utf8");
}

test("follows a path with links as the container would", async () => {
  symlinkSync("/etc", join(root, "absolute"));
  symlinkSync("etc/hosts", join(root, "relative"));
  symlinkSync("../absolute/../relative", join(root, "etc/round"));
  for (const path of ["/etc/hosts", "etc//./hosts", "/absolute/hosts", "/relative", "/etc/round"]) {
    expect(await textAt(path)).toBe("of the container");
  }
  expect(await textAt("/absolute")).toBe("folder: hosts round");
});

test("no way of writing a link leads out", async () => {
  const attempts = {
    up: "../secret",
    "far-up": "../../../../../../../../../../../../etc/passwd",
    host: join(outside, "secret"),
    magic: "/proc/self/cwd",
    self: `/proc/${process.pid}/root/etc/passwd`,
    cleverly: `etc/../..${join(outside, "secret")}`,
  };
  for (const [name, target] of Object.entries(attempts)) {
    symlinkSync(target, join(root, name));
    await expect(textAt(`/${name}`)).rejects.toThrow(/there is no|ENOENT|not a folder/u);
  }
  symlinkSync("..", join(root, "etc/above"));
  expect(await textAt("/etc/above/etc/above/etc/hosts")).toBe("of the container");
  expect(await textAt("/../../..")).toMatch(/^folder: /u);
  await expect(textAt("/../secret")).rejects.toThrow(/ENOENT/u);
});

test("a folder that is moved away while we are in it leads nowhere else", async () => {
  mkdirSync(join(root, "a/b"), { recursive: true });
  await using folder = await Folder.open(root);
  await using place = await resolveInRoot(folder, "/a/b");
  renameSync(join(root, "a/b"), join(outside, "moved"));
  // `..` of what was moved would be outside by now: the stack of open folders knows nothing of that.
  expect(await place.folder.names()).toEqual([]);
  await expect(place.folder.read("..")).rejects.toThrow(/not the name of a file/u);
});

test("links in a circle end", async () => {
  symlinkSync("two", join(root, "one"));
  symlinkSync("one", join(root, "two"));
  await expect(textAt("/one")).rejects.toThrow(/too many links/u);
});

test("the last part may be missing, any other may not", async () => {
  await using folder = await Folder.open(root);
  await using place = await resolveInRoot(folder, "/etc/new");
  expect(place.name).toBe("new");
  await expect(resolveInRoot(folder, "/none/new")).rejects.toMatchObject({ code: "not-found" });
});
