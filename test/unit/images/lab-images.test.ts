import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";
import { describe, expect, test } from "vitest";
import { HostError } from "../../../src/errors.ts";
import { blobsOf } from "../../../src/images/image-blobs.ts";
import { buildBusyboxImage, buildLabImages, busyboxImage, pauseImage } from "../../../src/images/lab-images.ts";
import { mediaTypes } from "../../../src/oci/descriptor.ts";
import { type ImageSource, readJson } from "../../../src/oci/image-source.ts";
import { thisPlatform } from "../../../src/oci/platform.ts";

interface Entry {
  readonly type: string | null | undefined;
  readonly mode: string;
  readonly linkname: string | null | undefined;
}

/** What a container of the image finds in its root, and how it is started. */
async function look(source: ImageSource, name: string) {
  const target = source.images.find((image) => image.name === name)!.target;
  const { blobs, config } = await blobsOf(source, target);
  const layer = blobs.find(({ mediaType }) => mediaType === mediaTypes.ociLayer)!;
  const entries = extract();
  const files = new Map<string, Entry>();
  const reading = (async () => {
    for await (const entry of entries) {
      const { name: path, type, mode, linkname, uid, gid, mtime } = entry.header;
      expect([path, uid, gid, mtime?.getTime()]).toEqual([path, 0, 0, 0]);
      files.set(path, { type, mode: (mode ?? 0).toString(8), linkname });
      entry.resume();
    }
  })();
  await Promise.all([reading, pipeline(source.read(layer.digest), entries)]);
  return { files, config: await readJson(source, config), layer };
}

describe("the lab's busybox image", () => {
  test("has the applets that experiments use, as links to the one program", async () => {
    const { files } = await look(await buildBusyboxImage(), busyboxImage);
    const applets = ["sh", "httpd", "nc", "wget", "ip", "sleep", "ls", "cat", "env", "stty", "tar"];
    const links = applets.map((applet) => files.get(`bin/${applet}`));
    expect(links).toEqual(applets.map(() => ({ type: "symlink", mode: "777", linkname: "busybox" })));
    expect(files.get("bin/busybox")).toMatchObject({ type: "file", mode: "755" });
  });

  test("has users, groups and a folder that everybody may write to", async () => {
    const { files, config, layer } = await look(await buildBusyboxImage(), busyboxImage);
    expect(files.get("tmp")).toMatchObject({ type: "directory", mode: "1777" });
    expect([...files.keys()]).toEqual(expect.arrayContaining(["etc/passwd", "etc/group"]));
    expect(config).toMatchObject({
      ...thisPlatform(),
      config: { Cmd: ["sh"], Env: [expect.stringMatching(/^PATH=.*:\/bin$/u)] },
      rootfs: { type: "layers", diff_ids: [layer.digest] },
    });
  });

  test("is made from a busybox that is there", async () => {
    await expect(buildBusyboxImage("/nowhere/busybox")).rejects.toBeInstanceOf(HostError);
  });
});

test("the lab's pause image has a shell, a sleep and nothing else", async () => {
  const { files, config } = await look(await buildLabImages(), pauseImage);
  expect([...files].flatMap(([path, { type }]) => (type === "directory" ? [] : [path]))).toEqual([
    "bin/busybox",
    "bin/sh",
    "bin/sleep",
  ]);
  expect(config["config"]).toMatchObject({ Entrypoint: ["/bin/sh", "-c", expect.any(String)], StopSignal: "SIGTERM" });
});

test("the lab's images are one source, and the same bytes whenever they are made", async () => {
  const [one, two] = await Promise.all([buildLabImages(), buildLabImages()]);
  expect(one.images.map(({ name }) => name)).toEqual([busyboxImage, pauseImage]);
  expect(two.images).toEqual(one.images);
});
