import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleanEnv, crikit, crikitPath, ended, shell } from "./crikit.ts";

const folder = mkdtempSync(join(tmpdir(), "crikit-completion-"));
const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
beforeAll(() => symlinkSync(crikitPath, join(folder, "crikit")));
afterAll(() => rmSync(folder, { recursive: true }));

/** What bash offers for a line that ends where the cursor is, split into words as bash splits it. */
async function inBash(...words: readonly string[]): Promise<readonly string[]> {
  const list = words.map((word) => `'${word}'`).join(" ");
  const { stdout, stderr } = await shell(
    `source <(crikit completion bash); COMP_WORDS=(crikit ${list}); COMP_CWORD=${words.length}; _crikit crikit;
     printf '%s\\n' "\${COMPREPLY[@]}"`,
    env,
  );
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
}

describe("bash offers", () => {
  test("commands", async () => {
    expect(await inBash("")).toContain("completion");
    expect(await inBash("vers")).toEqual(["version"]);
    expect(await inBash("help", "vers")).toEqual(["version"]);
    expect(await inBash("-D", "-r", "/run/x.sock", "vers")).toEqual(["version"]);
  });

  test("flags, a command's own and the global ones", async () => {
    expect(await inBash("version", "--out")).toEqual(["--output"]);
    expect(await inBash("version", "--")).toEqual(expect.arrayContaining(["--output", "--runtime-endpoint", "--help"]));
    expect(await inBash("--deb")).toEqual(["--debug"]);
    expect(await inBash("completion", "--out")).toEqual([]);
  });

  test("values, wherever they stand", async () => {
    expect(await inBash("version", "-o", "")).toEqual(["table", "json", "yaml"]);
    expect(await inBash("version", "--output", "j")).toEqual(["json"]);
    expect(await inBash("completion", "")).toEqual(["bash", "zsh", "fish"]);
    expect(await inBash("completion", "bash", "")).toEqual([]);
    expect(await inBash("completion", "--", "z")).toEqual(["zsh"]);
  });

  test("what is behind the = only, because bash makes words of --output, = and j", async () => {
    expect(await inBash("version", "--output", "=", "j")).toEqual(["json"]);
    expect(await inBash("version", "--output", "=")).toEqual(["table", "json", "yaml"]);
    expect(await inBash("-r", "unix", ":", "///run/x.sock", "vers")).toEqual(["version"]);
  });

  test("nothing for words that lead nowhere", async () => {
    expect(await inBash("nope", "")).toEqual([]);
    expect(await inBash("version", "--nope=")).toEqual([]);
  });
});

test("a person who presses TAB in bash gets it typed", async () => {
  const child = spawn("script", ["-qec", "bash --norc -i", "/dev/null"], {
    env: { ...cleanEnv(), ...env, PS1: "$ ", TERM: "dumb", CRI_CONFIG_FILE: "/nope" },
    stdio: "pipe",
  });
  child.stdin.end("source <(crikit completion bash)\nset -x\ncrikit vers\t--output=j\t--conf\t/etc/host\t\nexit\n");
  // bash shows what it runs, after the keys have been turned into words.
  expect((await ended(child)).stdout).toMatch(/^\+ crikit version --output=json --config \/etc\/host/mu);
});

test("the scripts of zsh and fish ask the same question", async () => {
  expect((await crikit(["completion", "zsh"])).stdout).toMatch(/^#compdef crikit\n/u);
  for (const name of ["zsh", "fish"]) expect((await crikit(["completion", name])).stdout).toContain(" __complete ");
  expect(await crikit(["completion"])).toEqual(await crikit(["completion", "bash"]));
});
