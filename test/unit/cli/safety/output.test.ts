import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CommandEntry, CommandGroup } from "../../../../src/cli/command.ts";
import { sections } from "../../../../src/cli/commands/index.ts";
import { defaultFormats, type Format } from "../../../../src/cli/outcome.ts";
import { run } from "../../../../src/cli/program.ts";
import type { FakeRuntime } from "../../rpc/fake-runtime.ts";
import { fakeIo, fakeSink } from "../fake-io.ts";
import { hostile, hostileRuntime } from "./hostile-runtime.ts";

const folder = mkdtempSync(join(tmpdir(), "crikit-hostile-"));
const socket = join(folder, "runtime.sock");
let runtime: FakeRuntime;
beforeAll(async () => {
  runtime = await hostileRuntime(socket);
  const metadata = { name: "p", namespace: "n", uid: "u" };
  writeFileSync(join(folder, "pod.json"), JSON.stringify({ metadata }));
  writeFileSync(join(folder, "container.json"), JSON.stringify({ metadata: { name: "c" }, image: { image: "i" } }));
});
afterAll(async () => {
  await runtime[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const id = "0".repeat(64);
const pod = join(folder, "pod.json");
const container = join(folder, "container.json");

/** Command lines by command: each is run in every format that the command has. */
const lines: Readonly<Record<string, readonly (readonly string[])[]>> = {
  version: [[]],
  info: [[]],
  "runtime-config": [[]],
  "update-runtime-config": [["--pod-cidr", "10.0.0.0/24"]],
  pods: [[], ["-v"], ["--no-trunc"], ["-q"], ["--sort", "name"]],
  inspectp: [[id]],
  ps: [["-a"], ["-av"], ["-a", "--no-trunc"], ["-aq"], ["-ar"]],
  inspect: [[id]],
  images: [[], ["-v"], ["--digests", "--pinned", "--no-trunc"], ["-q"]],
  inspecti: [[id]],
  imagefsinfo: [[]],
  history: [[id]],
  stats: [
    ["-s", "0"],
    ["-s", "0", "--no-trunc"],
  ],
  statsp: [["-s", "0"]],
  metricsp: [[]],
  metricdescs: [[]],
  runp: [[pod]],
  create: [[id, container, pod]],
  run: [["--no-pull", container, pod]],
  start: [[id]],
  stop: [[id], ["-a"]],
  rm: [[id], ["-af"], ["-a", "--dry-run"]],
  stopp: [[id], ["-a"]],
  rmp: [["-f", id], ["-af"], ["-a", "--dry-run"]],
  rmi: [[id], ["-a"], ["--prune", "--dry-run"]],
  pull: [["busybox"]],
  update: [["--memory", "64MiB", id]],
  updatep: [["--memory", "64MiB", id]],
  checkpoint: [["-e", "/x.tar", id]],
  checkpointp: [["-e", "/x", id]],
  restorep: [["/x"]],
  wait: [["--within", "10ms", id]],
  restart: [[id]],
  prune: [["--dry-run"]],
  verify: [[], ["-v"], [id]],
  tree: [[], ["-a", "--no-trunc"], [id]],
  which: [["pid:1"], ["port:65535"], ["192.0.2.7"], ["net:[4026531833]"]],
  peer: [[id]],
  diff: [
    [id, "--host"],
    [id, id],
  ],
  "netns ls": [[], ["--no-trunc"]],
  "netns name": [[id]],
  "netns addr": [[id]],
  "netns route": [[id]],
  "netns sockets": [[id]],
};

/** Those that have no words of a CRI runtime's to show in a text, or are looked at elsewhere, with the reason. */
const without: Readonly<Record<string, string>> = {
  completion: "asks nobody",
  config: "asks nobody",
  init: "asks nobody",
  jsonschema: "asks nobody",
  demo: "a lab of its own",
  "lab up": "a lab of its own",
  "lab down": "a lab of its own",
  "lab status": "a lab of its own",
  "lab env": "a lab of its own",
  load: "containerd's own services",
  tag: "containerd's own services",
  untag: "containerd's own services",
  top: "the kernel",
  logs: "a container's own words, which --raw lets through to a terminal",
  exec: "a program's own words",
  cp: "a container's own files",
  attach: "a program's own words",
  "port-forward": "bytes between two sockets",
  rpc: "JSON alone",
  "netns names": "the kernel",
  "netns unname": "asks nobody",
  "netns gc": "asks nobody",
  "netns exec": "a program's own words",
  events: "goes on for ever: below",
};

function leaves([name, entry]: readonly [string, CommandEntry | CommandGroup]): readonly [string, CommandEntry][] {
  return "commands" in entry
    ? Object.entries(entry.commands).map(([inner, each]) => [`${name} ${inner}`, each])
    : [[name, entry]];
}
const commands = new Map(Object.values(sections).flatMap((list) => Object.entries(list).flatMap(leaves)));

test("every command is looked at, or it is said why not", () => {
  const looked = [...Object.keys(lines), ...Object.keys(without)];
  expect([...commands.keys()].filter((name) => !looked.includes(name))).toEqual([]);
});

/** What a terminal obeys, but for line breaks and tabs. */
const obeyed = /(?![\n\t])[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/u;

const texts: Partial<Readonly<Record<Format, string>>> = {
  "custom-columns": "custom-columns=A:.,B:.id,C:.labels,D:.metadata.name",
  "go-template": "go-template={{.}}",
};

async function outputOf(name: string, argv: readonly string[], format: Format | undefined, isTty: boolean) {
  const io = fakeIo({ stdout: fakeSink({ isTty }), stderr: fakeSink({ isTty }) });
  const output = format === undefined ? [] : ["-o", texts[format] ?? format];
  runtime.calls.length = 0;
  await run(["-r", socket, "-t", "5", ...name.split(" "), ...output, ...argv], io);
  return { stdout: io.stdout.text(), stderr: io.stderr.text() };
}

describe.each(Object.entries(lines))("%s", (name, all) => {
  test.each(all.map((argv) => [argv.join(" ").replaceAll(folder, ""), argv] as const))("%s", async (_, argv) => {
    const spec = await commands.get(name)?.load();
    const formats: readonly Format[] = spec?.formats ?? defaultFormats;
    for (const format of formats) {
      for (const isTty of [true, false]) {
        const { stdout, stderr } = await outputOf(name, argv, formats.length > 1 ? format : undefined, isTty);
        const where = `${format} ${isTty ? "on a terminal" : "in a pipe"}`;
        expect(stderr, where).not.toMatch(obeyed);
        expect(stderr, where).not.toMatch(/^FORGED/mu);
        expect(runtime.calls.length + stdout.length + stderr.length, where).toBeGreaterThan(0);
        expect(stderr, where).not.toContain("this is a bug");
        if (format === "go-template" && !isTty) continue; // as it was written
        if (["json", "jsonl", "yaml"].includes(format)) {
          // Every value is whole for whoever reads it; what no reader of text wants is in escapes.
          expect(stdout, where).not.toMatch(/(?![\n\t])\p{Cc}/u);
          continue;
        }
        expect(stdout, where).not.toMatch(obeyed);
        if (format !== "go-template") expect(stdout, where).not.toMatch(/^FORGED/mu);
      }
    }
  });
});

test.each(["table", "go-template={{.}}"])("events as %s, which go on until they are interrupted", async (format) => {
  const controller = new AbortController();
  const stdout = fakeSink({ isTty: true });
  const write = (text: string | Uint8Array): void => {
    stdout.write(text);
    if (stdout.text().includes("evil")) controller.abort();
  };
  const io = fakeIo({ stdout: { ...stdout, write }, signal: controller.signal });
  await run(["-r", socket, "events", "-o", format], io);
  expect(stdout.text()).toContain("evil");
  expect(stdout.text() + io.stderr.text()).not.toMatch(obeyed);
});

test("JSON is untouched: what the runtime said is what a program reads", async () => {
  const { stdout } = await outputOf("pods", [], "json", true);
  const { items } = JSON.parse(stdout) as {
    readonly items: readonly { readonly metadata: { readonly name: string } }[];
  };
  expect(items[0]?.metadata.name).toBe(hostile);
});

test("a template's text is untouched in a pipe, and shown in escapes on a terminal", async () => {
  const raw = await outputOf("pods", [], "go-template", false);
  expect(raw.stdout).toContain("\u001b[31m");
  const shown = await outputOf("pods", [], "go-template", true);
  expect(shown.stdout).not.toMatch(obeyed);
  expect(shown.stdout).toContain(String.raw`\x1b[31m`);
});

test("nor does --debug let anything through", async () => {
  const io = fakeIo();
  await run(["-D", "-r", socket, "info"], io);
  expect(io.stderr.text()).toContain("debug: Status on ");
  expect(io.stderr.text()).not.toMatch(obeyed);
});
