import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { saboteurAliases, saboteurs } from "../../../src/lab/saboteur-list.ts";
import { saboteurScript } from "../../../src/lab/saboteur.ts";

const own = [{ type: "pid" }, { type: "ipc" }, { type: "uts" }, { type: "mount" }, { type: "network" }];
const joined = [
  { type: "pid" },
  { type: "ipc", path: "/proc/42/ns/ipc" },
  { type: "uts", path: "/proc/42/ns/uts" },
  { type: "mount" },
  { type: "network", path: "/proc/42/ns/net" },
];
const onHost = [{ type: "pid" }, { type: "mount" }];

type Namespaces = readonly { readonly type: string; readonly path?: string }[];

/** As containerd writes it; `args` may hold whatever a person typed. */
function config(kind: string, namespaces: Namespaces): string {
  const args = ['{"type":"network","path":"x"}', "io.kubernetes.cri.container-type"];
  return JSON.stringify({
    process: { args },
    annotations: { "io.kubernetes.cri.container-type": kind },
    linux: { namespaces },
  });
}

/** Runs the wrapper over a bundle, with a runc that tells its arguments. */
async function sabotage(name: string, text: string, verb = "create"): Promise<{ config: unknown; said: string }> {
  const dir = await mkdtemp(`${tmpdir()}/crikit saboteur's `);
  onTestFinished(() => rm(dir, { recursive: true }));
  const saboteur = saboteurs.find((known) => known.name === name) ?? saboteurAliases[name];
  if (saboteur === undefined) throw new Error(`no saboteur ${name}`);
  await writeFile(`${dir}/runc`, '#!/bin/sh\nprintf "%s\\n" "$@"\n');
  await writeFile(`${dir}/wrapper`, saboteurScript(saboteur, `${dir}/runc`));
  await writeFile(`${dir}/config.json`, text);
  for (const file of ["runc", "wrapper"]) await chmod(`${dir}/${file}`, 0o755);
  const words = ["--root", "/r", "--log-format", "json", verb, "--bundle", dir, "--pid-file", "p", "an id"];
  const { stdout } = await promisify(execFile)(`${dir}/wrapper`, words);
  expect(stdout.trimEnd().split("\n")).toEqual(words);
  return { config: JSON.parse(await readFile(`${dir}/config.json`, "utf8")), said: stdout };
}

const replaced = (type: string, now: Namespaces[number]): Namespaces =>
  joined.map((namespace) => (namespace.type === type ? now : namespace));

test.each([
  ["unshared-net", replaced("network", { type: "network" })],
  ["unshared", replaced("network", { type: "network" })],
  ["unshared-ipc", replaced("ipc", { type: "ipc" })],
  ["unshared-uts", replaced("uts", { type: "uts" })],
  ["unshared-pid", replaced("pid", { type: "pid", path: "/proc/42/ns/pid" })],
])("%s changes that namespace of a container and nothing else", async (name, expected) => {
  expect((await sabotage(name, config("container", joined))).config).toEqual(JSON.parse(config("container", expected)));
});

test.each(saboteurs)("$name leaves a sandbox alone", async ({ name }) => {
  const text = config("sandbox", own);
  expect((await sabotage(name, text)).config).toEqual(JSON.parse(text));
});

test.each(saboteurs)("$name leaves runc's other verbs alone", async ({ name }) => {
  const text = config("container", joined);
  expect((await sabotage(name, text, "start")).config).toEqual(JSON.parse(text));
});

test("a container that joins nothing of its sandbox loses its pid namespace to the host's", async () => {
  const sabotaged = await sabotage("unshared-pid", config("container", onHost));
  expect(sabotaged.config).toEqual(JSON.parse(config("container", [{ type: "mount" }])));
});

test("a pod on the host's network has no namespace to leave, and that is no failure", async () => {
  const text = config("container", onHost);
  expect((await sabotage("unshared-net", text)).config).toEqual(JSON.parse(text));
});

/** Runs a wrapper as containerd runs runc to start a program in a container, over what runc remembers of that one. */
async function startWith(name: string, namespaces: readonly object[], verb = "exec"): Promise<unknown> {
  const root = await mkdtemp(`${tmpdir()}/crikit saboteur's `);
  onTestFinished(() => rm(root, { recursive: true }));
  await mkdir(`${root}/an id`);
  const text = JSON.stringify({
    id: "an id",
    config: { namespaces, hostname: "x" },
    namespace_paths: { NEWNET: "/p" },
  });
  await writeFile(`${root}/an id/state.json`, text);
  await writeFile(`${root}/runc`, "#!/bin/sh\n");
  await writeFile(
    `${root}/wrapper`,
    saboteurScript(
      saboteurs.find((known) => known.name === name)!,
      `${root}/runc`,
    ),
  );
  for (const file of ["runc", "wrapper"]) await chmod(`${root}/${file}`, 0o755);
  const words = ["--root", root, "--log", "l", verb, "--process", "p", "--detach", "--pid-file", "f", "an id"];
  await promisify(execFile)(`${root}/wrapper`, words);
  const { config } = JSON.parse(await readFile(`${root}/an id/state.json`, "utf8")) as {
    config: { namespaces: unknown };
  };
  return config.namespaces;
}

const remembered = [
  { type: "NEWNET", path: "/proc/42/ns/net" },
  { type: "NEWPID", path: "" },
  { type: "NEWUTS", path: "/proc/42/ns/uts" },
];

test("stray-exec makes runc forget the container's network namespace, wherever it stands, and the second time too", async () => {
  const [net, pid, uts] = remembered;
  expect(await startWith("stray-exec", [net!, pid!, uts!])).toEqual([pid, uts]);
  expect(await startWith("stray-exec", [pid!, net!, uts!])).toEqual([pid, uts]);
  expect(await startWith("stray-exec", [pid!, uts!, net!])).toEqual([pid, uts]);
  expect(await startWith("stray-exec", [pid!, uts!])).toEqual([pid, uts]);
});

test("a fault at the start of a program leaves runc's other verbs alone, and one at the creation leaves that alone", async () => {
  expect(await startWith("stray-exec", remembered, "kill")).toEqual(remembered);
  expect(await startWith("unshared-net", remembered)).toEqual(remembered);
});
