import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import * as module from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { crikit } from "./crikit.ts";

/** Names of the packages, and of the files of `dist`, that a command line loads: V8's coverage lists every script. */
async function loadedBy(argv: readonly string[]): Promise<{ packages: ReadonlySet<string>; own: ReadonlySet<string> }> {
  const folder = mkdtempSync(join(tmpdir(), "crikit-loaded-"));
  try {
    await crikit(argv, { env: { NODE_V8_COVERAGE: folder } });
    const urls = readdirSync(folder)
      .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as { result: { url: string }[] })
      .flatMap(({ result }) => result.map(({ url }) => url));
    const named = (pattern: RegExp): Set<string> => new Set(urls.flatMap((url) => pattern.exec(url)?.[1] ?? []));
    return { packages: named(/.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//u), own: named(/\/dist\/(.+)\.js$/u) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("--help loads commander, no command, and nothing that speaks", async () => {
  const { packages, own } = await loadedBy(["--help"]);
  expect([...packages]).toEqual(["commander"]);
  expect([...own].filter((file) => !file.startsWith("cli/")).sort()).toEqual([
    "cri/verbose-info/exact-integer",
    "errors",
    "failures",
    "linux/terminal-guard",
    "near",
    "rpc/redact",
  ]);
  expect([...own].filter((file) => file.startsWith("cli/commands/"))).toEqual(["cli/commands/index"]);
});

test("version loads its own command, CRI's stubs and grpc-js, and nothing else", async () => {
  const { packages, own } = await loadedBy(["version", "-r", "/nope.sock"]);
  expect([...packages].sort()).toEqual(["@bufbuild/protobuf", "@grpc/grpc-js", "@js-sdsl/ordered-map", "commander"]);
  expect([...own].filter((file) => /^(cli\/commands|gen)\//u.test(file)).sort()).toEqual([
    "cli/commands/index",
    "cli/commands/version",
    "gen/runtime/v1/api",
  ]);
});

test("a config in JSON is read without the library for YAML", async () => {
  const folder = mkdtempSync(join(tmpdir(), "crikit-config-"));
  try {
    const json = join(folder, "pod.json");
    writeFileSync(json, `{"metadata": {"name": "a"}}`);
    const yaml = join(folder, "pod.yaml");
    writeFileSync(yaml, "metadata: {name: a}");
    expect((await loadedBy(["runp", json])).packages).not.toContain("yaml");
    expect((await loadedBy(["runp", yaml])).packages).toContain("yaml");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.runIf("enableCompileCache" in module)(
  "compiled code is kept in a folder of the user's own, and no other is used",
  async () => {
    const home = mkdtempSync(join(tmpdir(), "crikit-home-"));
    try {
      const folder = join(home, "crikit");
      await crikit(["--help"], { env: { XDG_CACHE_HOME: home } });
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      expect(readdirSync(folder)).toHaveLength(1);

      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      chmodSync(folder, 0o777);
      expect(await crikit(["--help"], { env: { XDG_CACHE_HOME: home } })).toMatchObject({ code: 0 });
      expect(readdirSync(folder)).toEqual([]);

      // Another user's: only root can make that, and only root has to fear it.
      if (process.getuid?.() !== 0) return;
      chmodSync(folder, 0o755);
      chownSync(folder, 65_534, 65_534);
      expect(await crikit(["--help"], { env: { XDG_CACHE_HOME: home } })).toMatchObject({ code: 0 });
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(home, { recursive: true });
    }
  },
);
