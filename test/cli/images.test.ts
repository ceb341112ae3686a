import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Connection } from "../../src/cri/connect.ts";
import { busyboxImage, pauseImage } from "../../src/images/lab-images.ts";
import { Lab } from "../../src/lab/lab.ts";
import { Container } from "../../src/sandbox/container.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";
import { containerds } from "../runtime/labs.ts";
import { crikit, type Ended } from "./crikit.ts";
import { makeImage, openTo, Registry, type TestImage } from "./registry.ts";

describe.each(containerds)("images of $name", ({ path, version }) => {
  let lab: Lab;
  let connection: Connection;
  let registry: Registry;
  let first: TestImage;
  let second: TestImage;
  let firstName: string;
  let secondName: string;

  beforeAll(async () => {
    [lab, registry, first, second] = await Promise.all([
      Lab.start({ name: `cli-images-${process.pid}`, containerd: path, ephemeral: true }),
      Registry.start(),
      makeImage({ layerBytes: [10_000, 20_000] }),
      makeImage(),
    ]);
    connection = await lab.connect();
    openTo(lab, registry);
    firstName = `${registry.host}/team/first:1`;
    secondName = `${registry.host}/team/second:2`;
    await registry.push(first, "team/first", "1");
    await registry.push(second, "team/second", "2");
    await pullAll();
  });
  afterAll(async () => {
    connection.close();
    await registry[Symbol.asyncDispose]();
    await lab.down();
  });

  const run = (...argv: readonly string[]): Promise<Ended> => crikit(["-r", lab.endpoint, ...argv]);
  const lines = async (...argv: readonly string[]): Promise<readonly string[]> => {
    const { stdout } = await run(...argv);
    return stdout.split("\n").slice(0, -1);
  };
  const short = (id: string): string => id.replace("sha256:", "").slice(0, 13);
  const idOf = async (name: string): Promise<string> =>
    (await connection.image.imageStatus({ image: { image: name } })).image?.id ?? "";

  async function pullAll(): Promise<void> {
    for (const image of [firstName, secondName]) await connection.image.pullImage({ image: { image } });
  }

  describe("images", () => {
    test("lists a line a tag, by name, with crictl's columns", async () => {
      const rows = await lines("images");
      expect(rows.map((row) => row.split(/ {3,}/u))).toEqual([
        ["IMAGE", "TAG", "IMAGE ID", "SIZE"],
        [`${registry.host}/team/first`, "1", short(first.id), expect.stringMatching(/^[\d.]+kB$/u)],
        [`${registry.host}/team/second`, "2", short(second.id), expect.stringMatching(/^[\d.]+kB$/u)],
        ["localhost/crikit/busybox", "lab", short(await idOf(busyboxImage)), expect.stringMatching(/^[\d.]+MB$/u)],
        ["localhost/crikit/pause", "lab", short(await idOf(pauseImage)), expect.stringMatching(/^[\d.]+MB$/u)],
      ]);
      expect(rows[0]).toMatch(/^IMAGE {2,}TAG {17}IMAGE ID {12}SIZE$/u);
    });

    test.each(["image", "img"])("is called %s as well", async (alias) => {
      expect(await lines(alias)).toEqual(await lines("images"));
    });

    test("takes one list, and no other RPC", async () => {
      const { stderr } = await run("-D", "images", "--digests", "-f", "dangling=false");
      expect([...stderr.matchAll(/^debug: (\w+) on/gmu)].map(([, rpc]) => rpc)).toEqual(["ListImages"]);
    });

    test("prints whole ids with -q, and the runtime's list as JSON", async () => {
      expect(await lines("images", "-q", "team/first")).toEqual([first.id]);
      const { images } = JSON.parse((await run("images", "team/second", "-o", "json")).stdout);
      expect(images).toEqual([
        expect.objectContaining({
          id: second.id,
          repoTags: [secondName],
          repoDigests: [`${registry.host}/team/second@${second.manifest.digest}`],
          size: expect.stringMatching(/^\d+$/u),
          username: "",
          pinned: false,
        }),
      ]);
    });

    test("shows digests, pins and whole ids when they are asked for", async () => {
      const [head, row] = await lines("images", "--digests", "--pinned", "team/first");
      expect(head?.split(/ {3,}/u)).toEqual(["IMAGE", "TAG", "DIGEST", "IMAGE ID", "SIZE", "PINNED"]);
      expect(row?.split(/ {3,}/u).slice(2)).toEqual([
        short(first.manifest.digest),
        short(first.id),
        expect.stringMatching(/kB$/u),
        "false",
      ]);
      expect((await lines("images", "--no-trunc", "--digests", "team/first"))[1]?.split(/ {3,}/u)).toEqual(
        expect.arrayContaining([first.id, first.manifest.digest]),
      );
      expect((await run("images", "-v", "team/first")).stdout).toMatch(
        new RegExp(
          `^ID: ${first.id}\nRepoTags:\n\t${firstName}\nRepoDigests:\n\t.*@sha256:.*\nSize: .*\n(User: .*\n)?Pinned: false\n`,
          "u",
        ),
      );
    });

    test.each([
      ["first", ["first"]],
      ["team/first:1", ["first"]],
      ["first:2", []],
      ["irst", []],
      ["127.0.0.1", []],
    ])("finds %j by the last parts of the name: %j", async (word, found) => {
      const names = (await lines("images", word, "-o", "name")).map((name) => name.replace(/^.*\/|:.*$/gu, ""));
      expect(names).toEqual(found);
    });

    test.each([
      ["dangling=true", []],
      ["reference=team/.*:1$", ["first"]],
      ["reference=team/second$", ["second"]],
      ["reference=^localhost/", ["busybox", "pause"]],
    ])("-f %s keeps what fits", async (filter, found) => {
      const names = (await lines("images", "-f", filter, "-o", "name")).map((name) => name.replace(/^.*\/|:.*$/gu, ""));
      expect(names).toEqual(found);
    });

    test("before and since go by when an image came, not by its name", async () => {
      const namesWith = async (filter: string): Promise<readonly string[]> =>
        (await lines("images", "-f", filter, "-o", "name")).map((name) => name.replace(/^.*\/|:.*$/gu, ""));
      expect(await namesWith(`before=${firstName}`)).toEqual(["busybox", "pause"]);
      expect(await namesWith(`since=${firstName}`)).toEqual(["second"]);
      expect(await namesWith(`since=${pauseImage}`)).toEqual(["first", "second"]);
    });

    test.each([
      ["danglin=true", /there is no filter 'danglin' \(did you mean 'dangling'\?\)/u],
      ["dangling=maybe", /dangling is true or false, not 'maybe'/u],
      ["reference=(", /'\(' is not a regular expression/u],
    ])("-f %s is refused", async (filter, message) => {
      const end = await run("images", "-f", filter);
      expect(end).toMatchObject({ code: 2, stdout: "" });
      expect(end.stderr).toMatch(message);
    });
  });

  describe("inspecti", () => {
    test("shows the status and the runtime's own info as one object, several as an array", async () => {
      const one = JSON.parse((await run("inspecti", firstName)).stdout);
      expect(one.status).toMatchObject({ id: first.id, repoTags: [firstName], pinned: false });
      expect(one.info.imageSpec).toMatchObject({ created: "2024-05-06T07:08:09Z", config: { Env: ["PATH=/bin"] } });
      expect(one.info.chainID).toMatch(/^sha256:/u);
      const { stderr } = await run("-D", "inspecti", firstName);
      expect([...stderr.matchAll(/^debug: (\w+) on/gmu)].map(([, rpc]) => rpc)).toEqual(["ImageStatus"]);
      const several = JSON.parse((await run("inspecti", first.id.slice(7, 27), secondName, secondName)).stdout);
      expect(several.map(({ status }: { status: { id: string } }) => status.id)).toEqual([first.id, second.id]);
    });

    test("shows the status alone with -q, one that a filter finds, and text for people", async () => {
      expect(Object.keys(JSON.parse((await run("inspecti", "-q", firstName)).stdout))).toEqual(["status"]);
      expect(JSON.parse((await run("inspecti", "-f", "reference=first")).stdout).status.id).toBe(first.id);
      expect(JSON.parse((await run("inspecti", "--name", "second")).stdout).status.id).toBe(second.id);
      expect((await run("inspecti", firstName, "-o", "table")).stdout).toMatch(
        /^ID: sha256:.*\n[^]*\nPlatform: linux\//u,
      );
      const template = ["-o", "go-template", "--template", "{{index .status.repoTags 0}}"];
      expect((await run("inspecti", firstName, ...template)).stdout).toBe(`${firstName}\n`);
    });

    test("says what there is instead of one that is not there", async () => {
      const end = await run("inspecti", "busybox:lab");
      expect(end).toMatchObject({ code: 1, stdout: "" });
      expect(end.stderr).toBe("crikit: no image 'busybox:lab'\nhint: there is localhost/crikit/busybox:lab\n");
      await run("tag", firstName, "registry.test/one-more");
      expect(await run("inspecti", "registry.test/one-more:latest", "nope:1")).toMatchObject({
        code: 1,
        stdout: expect.stringContaining(first.id),
        stderr: expect.stringMatching(/^crikit: no image 'nope:1'\n/u),
      });
      await run("untag", "registry.test/one-more");
      expect(await run("inspecti", "-f", "reference=nope")).toMatchObject({ code: 1, stdout: "" });
      expect(await run("inspecti")).toMatchObject({ code: 2, stdout: "" });
    });
  });

  test("imagefsinfo says where images are and what they take", async () => {
    const { status } = JSON.parse((await run("imagefsinfo")).stdout);
    expect(status.imageFilesystems[0]).toMatchObject({
      timestamp: expect.stringMatching(/^\d{19}$/u),
      fsId: { mountpoint: expect.stringContaining(lab.dir) },
      usedBytes: { value: expect.stringMatching(/^\d+$/u) },
    });
    expect((await lines("imagefsinfo", "-o", "table"))[1]).toMatch(/^images +[\d.]+\w?B +\d+ +.* ago +\//u);
  });

  test("history tells the steps of an image, the last one first, with what each takes", async () => {
    const { history } = JSON.parse((await run("history", firstName, "-o", "json")).stdout);
    const [one, two] = first.layers;
    expect(history).toEqual([
      { created: "2024-05-06T07:08:09Z", createdBy: "ENV PATH=/bin", comment: "a test", sizeBytes: 0 },
      ...[two!, one!].map(({ digest, size }, at) => ({
        created: "2024-05-06T07:08:09Z",
        createdBy: `ADD file-${1 - at} /`,
        comment: "",
        layer: digest,
        sizeBytes: size,
      })),
    ]);
    const rows = await lines("history", short(first.id));
    expect(rows[0]).toMatch(/^LAYER +CREATED +CREATED BY +SIZE +COMMENT$/u);
    expect(rows[2]).toMatch(new RegExp(`^${short(two!.digest)} .* ago +ADD file-1 / +22kB$`, "u"));
    expect(await lines("history", busyboxImage)).toHaveLength(2); // a layer of which no step tells
  });

  describe("tag and untag", () => {
    test("give and take a name, and CRI knows at once", async () => {
      expect(await run("tag", firstName, "registry.test/a", "registry.test/b:2")).toMatchObject({
        code: 0,
        stderr: "",
        stdout: expect.toSatisfy(
          (text: string) => text.split("\n").toSorted().join() === ",registry.test/a:latest,registry.test/b:2",
        ),
      });
      expect(await idOf("registry.test/a")).toBe(first.id);
      expect(await lines("images", "registry.test/b")).toHaveLength(4); // a line a tag
      expect(await run("untag", "registry.test/a")).toMatchObject({
        code: 0,
        stdout: "Untagged: registry.test/a:latest\n",
      });
      expect(await idOf("registry.test/a")).toBe("");
      expect(await idOf("registry.test/b:2")).toBe(first.id);
      expect(await run("untag", "registry.test/b:2")).toMatchObject({ code: 0, stderr: "" });
      expect(await idOf(firstName)).toBe(first.id);
    });

    test("take a name from another image", async () => {
      await run("tag", firstName, "registry.test/moved:1");
      await run("tag", second.id, "registry.test/moved:1");
      expect(await idOf("registry.test/moved:1")).toBe(second.id);
      await run("untag", "registry.test/moved:1");
    });

    test("refuse what is no name, and say what is not there", async () => {
      expect(await run("tag", firstName, "Upper Case")).toMatchObject({ code: 2, stdout: "" });
      expect(await run("tag", "nope", "registry.test/x:1")).toMatchObject({ code: 1, stdout: "" });
      expect(await idOf("registry.test/x:1")).toBe("");
      expect((await run("untag", "team/first:1")).stderr).toMatch(
        /^crikit: no image 'team\/first:1'\nhint: there is /u,
      );
    });
  });

  describe("rmi", () => {
    test("deletes an image with all its names, and says so", async () => {
      await run("tag", secondName, "registry.test/other:1");
      const end = await run("rmi", secondName);
      expect(end.code).toBe(0);
      expect(end.stdout.split("\n").toSorted()).toEqual(
        ["", `Deleted: ${secondName}`, "Deleted: registry.test/other:1"].toSorted(),
      );
      expect(end.stderr).toMatch(/^note: .*second:2 is one of 2 tags of the image: all go; 'crikit untag'/u);
      expect(await idOf(secondName)).toBe("");
      await pullAll();
    });

    test("deletes nothing when one of several is not there, and nothing with --dry-run", async () => {
      const end = await run("rmi", secondName, "nope:1");
      expect(end).toMatchObject({ code: 1, stdout: "" });
      expect(end.stderr).toMatch(/^crikit: no image 'nope:1'\n/u);
      expect(await run("rmi", "--dry-run", secondName)).toMatchObject({
        code: 0,
        stdout: `Would delete: ${secondName}\n`,
      });
      expect(await idOf(secondName)).toBe(second.id);
    });

    test.each([[[]], [["x", "-a"]], [["x", "--prune"]]])("refuses to guess: %j", async (argv) => {
      expect(await run("rmi", ...argv)).toMatchObject({ code: 2, stdout: "" });
    });

    test("--prune keeps what a container was made from, what it has mounted, and what is pinned", async () => {
      await using pod = await PodSandbox.run(connection, { name: "uses-images" });
      const mounts = canMountImages(version)
        ? [{ containerPath: "/image", readonly: true, image: { image: secondName } }]
        : [];
      await using container = await Container.create(connection, pod, {
        name: "app",
        image: busyboxImage,
        config: { mounts },
      });
      expect(container.id).not.toBe("");
      const end = await run("-D", "rmi", "--prune");
      const removed = mounts.length > 0 ? [firstName] : [firstName, secondName];
      expect(end).toMatchObject({ code: 0 });
      expect(end.stdout.split("\n").filter(Boolean).toSorted()).toEqual(removed.map((name) => `Deleted: ${name}`));
      const rpcs = [...end.stderr.matchAll(/^debug: (\w+) on/gmu)].map(([, rpc]) => rpc);
      expect(rpcs.filter((rpc) => rpc === "ContainerStatus")).toEqual([]);
      expect(rpcs.filter((rpc) => rpc === "RemoveImage")).toHaveLength(removed.length);
      expect(await idOf(busyboxImage)).not.toBe("");
      expect(await idOf(pauseImage)).not.toBe("");
    });

    test("--prune with nothing to do says so, and is no failure", async () => {
      await run("rmi", "-q");
      expect(await run("rmi", "-q")).toMatchObject({ code: 0, stdout: "", stderr: "note: no image is without use\n" });
    });

    test("-a keeps the image that holds pod sandboxes, so that the next pod starts", async () => {
      await pullAll();
      expect(await run("rmi", "-a")).toMatchObject({ code: 0, stderr: "" });
      expect(await lines("images", "-o", "name")).toEqual([pauseImage]);
      await using pod = await PodSandbox.run(connection, { name: "still-starts" });
      expect(pod.id).not.toBe("");
    });
  });
});

/** Images as volumes came with containerd 2.1. */
function canMountImages(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 2 || (major === 2 && minor >= 1);
}
