import { mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { HostError } from "../../../src/errors.ts";
import { removeLog } from "../../../src/logs/remove-log.ts";

describe("removing a container's log", () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), "crikit-remove-log-"))));
  afterEach(() => rm(folder, { recursive: true, force: true }));
  const file = async (name: string, text = ""): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };

  test("takes what it was rotated into, and nothing that only begins alike", async () => {
    const path = await file("0.log");
    for (const name of ["0.log.20261123-101010", "0.log.20261123-101010.gz", "0.logs", "10.log"]) await file(name);
    expect((await removeLog(path)).toSorted()).toEqual([
      path,
      join(folder, "0.log.20261123-101010"),
      join(folder, "0.log.20261123-101010.gz"),
    ]);
    expect((await readdir(folder)).toSorted()).toEqual(["0.logs", "10.log"]);
  });

  test("is no failure when the file or its folder is gone", async () => {
    expect(await removeLog(join(folder, "0.log"))).toEqual([]);
    expect(await removeLog(join(folder, "gone", "0.log"))).toEqual([]);
    expect(await removeLog(join(folder, "gone", "output"))).toEqual([]);
  });

  test.each(["2026-11-23T10:10:10.000000001Z stdout F hello\n", '{"log":"hello\\n","stream":"stdout"}\n', ""])(
    "takes a file of another name that begins as a log does: %j",
    async (text) => {
      const path = await file("output", text);
      expect(await removeLog(path)).toEqual([path]);
    },
  );

  test("leaves another file alone that a runtime calls a log", async () => {
    const path = await file("shadow", "root:*:19000:0:99999:7:::\n");
    await expect(removeLog(path)).rejects.toThrow(new HostError("it does not look like a log"));
    expect(await readdir(folder)).toEqual(["shadow"]);
  });

  test("follows no link, and removes none", async () => {
    const target = await file("target", "2026-11-23T10:10:10Z stdout F hello\n");
    await symlink(target, join(folder, "0.log"));
    expect(await removeLog(join(folder, "0.log"))).toEqual([]);
    expect((await readdir(folder)).toSorted()).toEqual(["0.log", "target"]);
  });

  test.each(["0.log", "/var/log/../log/0.log", "/var/log/pods/"])(
    "refuses %j, which is no path of a file",
    async (path) => {
      await expect(removeLog(path)).rejects.toBeInstanceOf(HostError);
    },
  );
});
