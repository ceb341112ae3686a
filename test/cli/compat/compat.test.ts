import { mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { busyboxImage } from "../../../src/images/lab-images.ts";
import { Lab } from "../../../src/lab/lab.ts";
import { Scope } from "../../../src/lifetime.ts";
import { Container } from "../../../src/sandbox/container.ts";
import { PodSandbox } from "../../../src/sandbox/pod-sandbox.ts";
import { containerds } from "../../runtime/labs.ts";
import { crikitPath, shell } from "../crikit.ts";
import { check } from "./check.ts";
import { invocationsIn } from "./invocation.ts";

const folder = new URL("table/", import.meta.url).pathname;
const tables = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
const sleep = ["sh", "-c", "trap 'exit 0' TERM; sleep 600 & wait"];

describe.each(containerds)("crictl's command lines on $name", ({ path, version }) => {
  const scope = new Scope();
  const saved = new Map<string, string>();
  const files = mkdtempSync(join(tmpdir(), "crikit-compat-"));
  const env = { PATH: `${files}:${process.env["PATH"] ?? ""}`, FOLDER: files, TZ: "UTC" };
  let endpoint: string;

  beforeAll(async () => {
    scope.defer(async () => rmSync(files, { recursive: true }));
    for (const name of ["crikit", "crictl"]) symlinkSync(crikitPath, join(files, name));
    const lab = await Lab.start({ name: `cli-compat-${process.pid}`, containerd: path, ephemeral: true });
    scope.defer(() => lab.down());
    ({ endpoint } = lab);
    const line = scope.use(await lab.connect());
    const web = scope.use(await PodSandbox.run(line, { name: "web", namespace: "shop", labels: { tier: "front" } }));
    const blog = scope.use(await PodSandbox.run(line, { name: "blog", namespace: "shop" }));
    const labels = { "io.kubernetes.pod.name": "web", "io.kubernetes.pod.namespace": "shop" };
    const app = await web.start({ name: "app", image: busyboxImage, command: sleep, config: { labels } });
    const job = await blog.start({ name: "job", image: busyboxImage, command: ["sh", "-c", "exit 3"] });
    const colored = { labels: { ...labels, color: "red" } };
    const created = await Container.create(line, web, { name: "new", image: busyboxImage, config: colored });
    while ((await job.details()).status.finishedAt === 0n) continue;
    for (const [name, { id }] of Object.entries({ web, blog, app, job, new: created })) saved.set(name, id);
  });
  afterAll(() => scope[Symbol.asyncDispose]());

  describe.each(tables)("%s", (file) => {
    const rows = invocationsIn(join(folder, file)).filter(
      ({ on }) => on === undefined || on.some((start) => version.startsWith(start)),
    );
    test.each(rows)("$run", async (row) => {
      const line = row.run.replaceAll(/(?<!\$)\{([\w-]+)\}/gu, (whole, name: string) => saved.get(name) ?? whole);
      const end = await shell(line, { ...env, CONTAINER_RUNTIME_ENDPOINT: endpoint });
      check(row, end, saved);
      if (row.save !== undefined) saved.set(row.save, end.stdout.trim());
    });
  });
});
