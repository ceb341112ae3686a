import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { run } from "../../../src/cli/program.ts";
import { fakeIo } from "./fake-io.ts";

async function crikit(...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const io = fakeIo();
  const code = await run(argv, io);
  return { code, stdout: io.stdout.text(), stderr: io.stderr.text() };
}

describe("wrong words are 2, on stderr, with a pointer to the help that knows better", () => {
  test.each([
    [["frobnicate"], "crikit: 'frobnicate' is not a command of crikit\nhint: see 'crikit --help'\n"],
    [
      ["verison"],
      "crikit: 'verison' is not a command of crikit (did you mean 'version'?)\nhint: see 'crikit --help'\n",
    ],
    [["--debgu"], "crikit: unknown option '--debgu' (did you mean --debug?)\nhint: see 'crikit --help'\n"],
    [
      ["-t", "soon", "version"],
      "crikit: --timeout: 'soon' is not a duration: write 5, 5s, 200ms, 2m or 1h30m\nhint: see 'crikit --help'\n",
    ],
    [["version", "--nope"], "crikit: unknown option '--nope'\nhint: see 'crikit version --help'\n"],
    [
      ["version", "-o", "xml"],
      "crikit: --output: 'xml' is none of table, json, yaml\nhint: see 'crikit version --help'\n",
    ],
    [["version", "-o"], "crikit: option '-o, --output <format>' argument missing\nhint: see 'crikit version --help'\n"],
    [
      ["version", "extra"],
      "crikit: too many arguments. Expected 0 arguments but got 1\nhint: see 'crikit version --help'\n",
    ],
    [
      ["completion", "tcsh"],
      "crikit: <shell>: 'tcsh' is none of bash, zsh, fish\nhint: see 'crikit completion --help'\n",
    ],
    [["help", "nope"], "crikit: 'nope' is not a command of crikit\nhint: see 'crikit --help'\n"],
    [["-o", "json", "version"], "crikit: unknown option '-o'\nhint: see 'crikit --help'\n"],
  ])("%j", async (argv, stderr) => {
    expect(await crikit(...argv)).toEqual({ code: 2, stdout: "", stderr });
  });
});

describe("help", () => {
  test("that was asked for is on stdout, and without any words it is on stderr", async () => {
    const asked = await crikit("--help");
    expect(asked).toMatchObject({ code: 0, stderr: "" });
    expect(asked.stdout).toContain("completion");
    expect(await crikit()).toEqual({ code: 2, stdout: "", stderr: asked.stdout });
    expect(await crikit("help")).toEqual(asked);
  });

  test("of a command is the same however it is asked for", async () => {
    const page = await crikit("version", "--help");
    expect(page.stdout).toContain("Examples:\n  crikit version\n");
    expect(await crikit("help", "version")).toEqual(page);
    expect(await crikit("version", "-o", "json", "-h")).toEqual(page);
  });
});

describe("flags", () => {
  const missing = { code: 1, stdout: "", stderr: expect.stringContaining("crikit: no socket at unix:///nope.sock\n") };

  test.each([
    [["-r", "/nope.sock", "version"]],
    [["version", "-r", "/nope.sock"]],
    [["version", "-r/nope.sock"]],
    [["--runtime-endpoint=unix:///nope.sock", "version"]],
    [["version", "-Dr", "/nope.sock"]],
    [["-Dr", "/nope.sock", "version", "-ojson"]],
    [["-r", "/other.sock", "version", "-r", "/nope.sock"]],
  ])("%j", async (argv) => expect(await crikit(...argv)).toEqual(missing));

  test("lose to the environment only if there are none", async () => {
    const io = fakeIo({ env: { CONTAINER_RUNTIME_ENDPOINT: "/from-env.sock" } });
    expect(await run(["version"], io)).toBe(1);
    expect(io.stderr.text()).toContain("unix:///from-env.sock");
  });

  test("--debug shows the calls", async () => {
    expect((await crikit("version", "-D", "-r", "/nope.sock")).stderr).toMatch(
      /^debug: Version on unix:\/\/\/nope\.sock took /u,
    );
  });

  test.each([
    ["the flag", ["-c", "/nope/crictl.yaml"], {}],
    ["the environment", [], { CRI_CONFIG_FILE: "/nope/crictl.yaml" }],
  ])("a configuration file that %s names has to be there", async (_, argv, env) => {
    const io = fakeIo({ env });
    expect(await run(["version", ...argv], io)).toBe(2);
    expect(io.stderr.text()).toMatch(/^crikit: cannot read the configuration file \/nope\/crictl\.yaml\nhint: /u);
  });
});

describe("crictl's configuration file", () => {
  const folder = mkdtempSync(join(tmpdir(), "crikit-config-"));
  const path = join(folder, "crictl.yaml");
  afterAll(() => rmSync(folder, { recursive: true }));

  test("names the runtime, unless a flag or the environment does", async () => {
    writeFileSync(path, "runtime-endpoint: unix:///from-file.sock\n");
    expect((await crikit("version", "-c", path)).stderr).toContain("unix:///from-file.sock");
    expect((await crikit("version", "-c", path, "-r", "/from-flag.sock")).stderr).toContain("unix:///from-flag.sock");
  });

  test("that is wrong is told by file, line and key, and is 2", async () => {
    writeFileSync(path, "timeout: 2\nruntime-endpiont: unix:///x.sock\n");
    const end = await crikit("version", "-c", path);
    expect(end).toMatchObject({ code: 2, stdout: "" });
    expect(end.stderr).toMatch(
      new RegExp(`^crikit: ${path}:2: unknown key 'runtime-endpiont' \\(did you mean 'runtime-endpoint'\\?\\)\n`, "u"),
    );
  });
});

test("--version is crikit's own", async () => {
  expect((await crikit("--version")).stdout).toMatch(/^crikit version \d+\.\d+\.\d+\n$/u);
  expect(await crikit("-v")).toEqual(await crikit("--version"));
});
