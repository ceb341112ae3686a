import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sections } from "../../src/cli/commands/index.ts";

/** What `hack/install` puts in place, in a folder of its own. */
const prefix = join(mkdtempSync(join(tmpdir(), "crikit-install-")), "a prefix");
const crikit = join(prefix, "bin/crikit");
const page = join(prefix, "share/man/man1/crikit.1");
let said = "";

beforeAll(() => {
  said = execFileSync("bash", ["hack/install", prefix], { encoding: "utf8" });
});
afterAll(() => rmSync(join(prefix, ".."), { recursive: true }));

function has(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/** Runs what was installed, with nothing but itself to read from. */
function run(argv: readonly string[], cwd = "/"): string {
  return execFileSync(crikit, argv, { cwd, encoding: "utf8", env: { PATH: "/nowhere" }, maxBuffer: 10_000_000 });
}

test("the executable needs neither Node nor files beside it", () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  expect(run(["--version"])).toBe(`crikit version ${version}\n`);
  expect(run(["rpc", "--list"])).toContain("runtime.v1.RuntimeService/RunPodSandbox");
});

test("it is crictl by that name, through a link as well", () => {
  const link = join(prefix, "bin/crictl");
  symlinkSync("crikit", link);
  expect(execFileSync(link, ["--version"], { encoding: "utf8" })).toMatch(/^crictl version /u);
  rmSync(link);
});

test("what lies in the folder it is started in is neither run nor taken for its environment", () => {
  const folder = join(prefix, "hostile");
  mkdirSync(folder);
  writeFileSync(join(folder, ".env"), "CONTAINER_RUNTIME_ENDPOINT=unix:///foreign.sock\n");
  writeFileSync(join(folder, "bunfig.toml"), 'preload = ["./foreign.js"]\n');
  writeFileSync(join(folder, "foreign.js"), 'process.stdout.write("foreign code\\n");\n');
  const { stdout, stderr } = spawnSync(crikit, ["version"], { cwd: folder, encoding: "utf8", env: {} });
  expect(stdout + stderr).not.toContain("foreign");
  rmSync(folder, { recursive: true });
});

test("the manual page has every command", () => {
  const text = readFileSync(page, "utf8");
  for (const [name, entry] of Object.values(sections).flatMap((list) => Object.entries(list))) {
    const names = "commands" in entry ? Object.keys(entry.commands).map((inner) => `${name} ${inner}`) : [name];
    for (const each of names) expect(text).toMatch(new RegExp(`^\\\\fB${each.replaceAll("-", "\\\\-")} `, "mu"));
  }
});

test.skipIf(!has("groff"))("roff has nothing to say against it, and prints what was meant", () => {
  const groff = (...words: string[]) =>
    spawnSync("groff", ["-man", "-Tutf8", "-P-cbou", ...words, page], { encoding: "utf8" });
  expect(groff("-ww", "-z")).toMatchObject({ status: 0, stdout: "", stderr: "" });
  const { stdout: text } = groff();
  for (const line of ["crikit ps -aq --state exited", "--runtime-endpoint <endpoint>", "-v, --version", "CRIKIT(1)"]) {
    expect(text).toContain(line);
  }
});

test.skipIf(!has("mandoc"))("mandoc has nothing to say against it either", () => {
  const { stdout } = spawnSync("mandoc", ["-T", "lint", "-W", "warning", page], { encoding: "utf8" });
  const said = stdout.split("\n").filter((line) => line !== "");
  // The page is made anew with each build, and is the same then: it has no date.
  expect(said.filter((line) => !line.includes("missing date"))).toEqual([]);
});

test("each shell takes its completion", () => {
  for (const [shell, path] of [
    ["bash", "share/bash-completion/completions/crikit"],
    ["zsh", "share/zsh/site-functions/_crikit"],
    ["fish", "share/fish/vendor_completions.d/crikit.fish"],
  ] as const) {
    if (has(shell)) execFileSync(shell, ["-n", join(prefix, path)], { stdio: "pipe" });
    expect(readFileSync(join(prefix, path), "utf8")).toContain("__complete");
  }
});

test("its last line takes everything away again", () => {
  const [line = ""] = /^uninstall: (.*)$/mu.exec(said)?.slice(1) ?? [];
  execFileSync("bash", ["-c", line]);
  const left = readdirSync(prefix, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(left.map(({ name }) => name)).toEqual([]);
  expect(existsSync(crikit)).toBe(false);
});
