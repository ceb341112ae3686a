import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { FakeRuntime, SocketFolder } from "../unit/rpc/fake-runtime.ts";
import { crikit, crikitLine, ended, isExecutable, shell, start, type Ended } from "./crikit.ts";

/** What is about the bundle that npm installs, and its launcher. */
const ofNpm = test.skipIf(isExecutable);

interface Loaded {
  /** Packages of node_modules that have code in a chunk that was loaded. */
  readonly packages: ReadonlySet<string>;
  /** Files of `src` in those chunks. */
  readonly own: readonly string[];
  /** Modules of Node itself, such as `net`. */
  readonly builtins: readonly string[];
  /** Files of `dist` and `node_modules` that are not of the bundle. */
  readonly outside: readonly string[];
}

/** The modules of each chunk of the bundle, as its build has written them down. */
const modulesOf = JSON.parse(readFileSync("dist/bundle/modules.json", "utf8")) as Readonly<
  Record<string, readonly string[]>
>;

/** What a command line loads: V8's coverage lists every script. */
async function loadedBy(argv: readonly string[]): Promise<Loaded> {
  const folder = mkdtempSync(join(tmpdir(), "crikit-loaded-"));
  try {
    await crikit(argv, { env: { NODE_V8_COVERAGE: folder } });
    const urls = readdirSync(folder)
      .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as { result: { url: string }[] })
      .flatMap(({ result }) => result.map(({ url }) => url));
    const chunks = urls.flatMap((url) => /\/dist\/bundle\/(.+)$/u.exec(url)?.[1] ?? []);
    expect(chunks).toContain("main.cjs");
    const modules = chunks.flatMap((chunk) => modulesOf[chunk] ?? []);
    return {
      packages: new Set(modules.flatMap((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//u.exec(path)?.[1] ?? [])),
      own: modules.flatMap((path) => /^src\/(.+)\.ts$/u.exec(path)?.[1] ?? []).sort(),
      builtins: urls.flatMap((url) => /^node:(.+)$/u.exec(url)?.[1] ?? []),
      outside: urls.filter((url) => /\/node_modules\/|\/dist\/(?!bundle\/)/u.test(url)),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Holds a command line to the list of all that it loads; `vitest -u` writes the list anew, where that is meant. */
async function holdsTo(file: string, { packages, own }: Loaded): Promise<void> {
  const list = [...[...packages].sort(), ...own.map((path) => `src/${path}.ts`)].join("\n");
  await expect(`${list}\n`).toMatchFileSnapshot(join("../fixtures/loaded", file));
}

const isOf =
  (...rooms: readonly string[]) =>
  (file: string): boolean =>
    rooms.some((room) => file.startsWith(room));

ofNpm("--help loads commander, no command, and nothing that speaks", async () => {
  const loaded = await loadedBy(["--help"]);
  const { packages, own, builtins, outside } = loaded;
  for (const heavy of ["child_process", "http2", "crypto", "perf_hooks"]) expect(builtins).not.toContain(heavy);
  expect([...packages]).toEqual(["commander"]);
  expect(own.filter(isOf("cli/commands/", "rpc/", "gen/", "cri/"))).toEqual([
    "cli/commands/index",
    "cri/verbose-info/exact-integer",
    "rpc/redact",
  ]);
  expect(outside).toEqual([]);
  await holdsTo("help.txt", loaded);
});

ofNpm.each(["version", "ps"])(
  "%s loads its own command, CRI's stubs and how to call them, and nothing else",
  async (name) => {
    using folder = new SocketFolder();
    await using _ = await FakeRuntime.listen(folder.socket(), {
      listContainers: (_, done) => done(null, { containers: [] }),
    });
    const loaded = await loadedBy(["-r", folder.socket(), name]);
    const { packages, own, builtins, outside } = loaded;
    expect([...packages].sort()).toEqual(["@bufbuild/protobuf", "commander"]);
    expect(own.filter(isOf("cli/commands/", "gen/"))).toEqual([
      "cli/commands/index",
      `cli/commands/${name}`,
      "gen/runtime/v1/api",
    ]);
    expect(own.filter(isOf("dynamic/", "lab/", "oci/", "images/", "streaming/", "template/"))).toEqual([]);
    for (const heavy of ["child_process", "http2", "tls", "crypto", "perf_hooks"])
      expect(builtins).not.toContain(heavy);
    expect(outside).toEqual([]);
    await holdsTo(`${name}.txt`, loaded);
  },
);

test("a reader that takes its time gets all of the output, of one call on one connection", async () => {
  using folder = new SocketFolder();
  const containers = Array.from({ length: 5_000 }, (_, at) => ({
    id: String(at).padStart(64, "0"),
    metadata: { name: "c", attempt: 0 },
    image: { image: "i" },
    imageRef: "i",
    podSandboxId: "p",
    state: 1,
  }));
  await using runtime = await FakeRuntime.listen(folder.socket(), {
    listContainers: (_, done) => done(null, { containers }),
  });
  let connections = 0;
  const counter = createServer((socket) => {
    connections++;
    const onward = connect(folder.socket()).on("error", () => socket.destroy());
    socket
      .on("error", () => onward.destroy())
      .pipe(onward)
      .pipe(socket); // who has its answer goes without a word
  });
  counter.listen(folder.socket("counter"));
  await once(counter, "listening");
  const child = start(["-r", folder.socket("counter"), "ps", "-q"]);
  await once(child.stdout!, "readable"); // it writes, and the pipe is full of five times what fits
  await sleep(300);
  const { code, stdout } = await ended(child);
  counter.close();
  expect(code).toBe(0);
  expect(stdout.split("\n").filter((line) => line.length === 64)).toHaveLength(5_000);
  expect(runtime.calls).toEqual(["ListContainers"]);
  expect(connections).toBe(1);
});

ofNpm("a config in JSON is read without the library for YAML", async () => {
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

ofNpm("compiled code is kept in a folder of the user's own, and no other is used", async () => {
  const home = mkdtempSync(join(tmpdir(), "crikit-home-"));
  const help = (): Promise<Ended> => crikit(["--help"], { env: { XDG_CACHE_HOME: home } });
  try {
    const folder = join(home, "crikit");
    const { stdout } = await help();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const [key = "", ...others] = readdirSync(folder);
    expect(others).toEqual([]);
    const compiled = join(folder, key, "main.cjs");
    const { mtimeMs } = statSync(compiled);
    expect(await help()).toMatchObject({ code: 0, stdout });
    expect(statSync(compiled).mtimeMs).toBe(mtimeMs); // taken as it was

    writeFileSync(compiled, "no code at all");
    expect(await help()).toMatchObject({ code: 0, stdout });
    expect(statSync(compiled).size).toBeGreaterThan(10_000); // and put right

    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    chmodSync(folder, 0o777);
    expect(await help()).toMatchObject({ code: 0 });
    expect(readdirSync(folder)).toEqual([]);

    // Another user's: only root can make that, and only root has to fear it.
    if (process.getuid?.() !== 0) return;
    chmodSync(folder, 0o755);
    chownSync(folder, 65_534, 65_534);
    expect(await help()).toMatchObject({ code: 0 });
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(home, { recursive: true });
  }
});

ofNpm.each([
  ["XDG_CACHE_HOME is not absolute", "XDG_CACHE_HOME=caches HOME=$PWD", [".cache"]],
  ["HOME is empty", "XDG_CACHE_HOME= HOME=", []],
  ["HOME is missing", "XDG_CACHE_HOME= HOME=$PWD/missing", []],
])("compiled code goes into the home or nowhere when %s", async (_, env, left) => {
  const folder = mkdtempSync(join(tmpdir(), "crikit-home-"));
  try {
    expect(await shell(`cd ${folder} && ${env} ${crikitLine()} --help`)).toMatchObject({ code: 0 });
    expect(readdirSync(folder)).toEqual(left);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
ofNpm("compiled code that another user has written is not run, whoever the folder belongs to", async () => {
  if (process.getuid?.() !== 0) return; // only root can make that
  const home = mkdtempSync(join(tmpdir(), "crikit-home-"));
  try {
    const env = { XDG_CACHE_HOME: home };
    await crikit(["--help"], { env });
    const [key = ""] = readdirSync(join(home, "crikit"));
    const compiled = join(home, "crikit", key, "main.cjs");
    chownSync(compiled, 65_534, 65_534);
    await crikit(["--help"], { env });
    expect(statSync(compiled).uid).toBe(0); // it was taken for none, and written anew
  } finally {
    rmSync(home, { recursive: true });
  }
});

ofNpm.each(["HOME", "XDG_CACHE_HOME"])("root makes nothing in another user's %s", async (name) => {
  if (process.getuid?.() !== 0) return;
  const folder = mkdtempSync(join(tmpdir(), "crikit-home-"));
  try {
    chownSync(folder, 65_534, 65_534);
    expect(await crikit(["--help"], { env: { XDG_CACHE_HOME: "", [name]: folder } })).toMatchObject({ code: 0 });
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

ofNpm("compiled code that cannot be written to its end leaves no half of it", async () => {
  const home = mkdtempSync(join(tmpdir(), "crikit-home-"));
  try {
    // No file may be larger than that: as a full disk, which only root can make.
    const { code } = await shell(`ulimit -f 16; trap '' XFSZ; exec ${crikitLine()} --help`, { XDG_CACHE_HOME: home });
    expect(code).toBe(0);
    const [key = ""] = readdirSync(join(home, "crikit"));
    expect(readdirSync(join(home, "crikit", key)).filter((file) => !file.endsWith(".cjs"))).toEqual([]);
  } finally {
    rmSync(home, { recursive: true });
  }
});

ofNpm("a command that fails leaves no compiled code", async () => {
  const home = mkdtempSync(join(tmpdir(), "crikit-home-"));
  try {
    expect(await crikit(["version", "-r", "/nope.sock"], { env: { XDG_CACHE_HOME: home } })).toMatchObject({ code: 1 });
    expect(readdirSync(join(home, "crikit"))).toEqual([]);
  } finally {
    rmSync(home, { recursive: true });
  }
});

ofNpm("compiled code is kept for the last three bundles of a Node, and that of another Node stays", async () => {
  const home = mkdtempSync(join(tmpdir(), "crikit-home-"));
  try {
    const root = join(home, "crikit");
    mkdirSync(root, { mode: 0o700 });
    const older = ["0123456789abcdef", "123456789abcdef0", "23456789abcdef01"].map((id, at) => {
      const name = `${process.version}-${process.arch}-${id}`;
      mkdirSync(join(root, name), { mode: 0o700 });
      utimesSync(join(root, name), 1_000 - at, 1_000 - at); // the first is the newest
      return name;
    });
    mkdirSync(join(root, "v99.0.0-x64-0123456789abcdef"), { mode: 0o700 });
    await crikit(["--help"], { env: { XDG_CACHE_HOME: home } });
    expect(older.map((name) => existsSync(join(root, name)))).toEqual([true, true, false]);
    expect(readdirSync(root)).toHaveLength(4);
    expect(existsSync(join(root, "v99.0.0-x64-0123456789abcdef"))).toBe(true);
  } finally {
    rmSync(home, { recursive: true });
  }
});
