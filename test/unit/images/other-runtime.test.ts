import type { handleUnaryCall } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { connect, type Connection } from "../../../src/cri/connect.ts";
import { Container, ContainerStatusResponse, Image, type DeepPartial } from "../../../src/cri/messages.ts";
import { imageHistory } from "../../../src/images/image-history.ts";
import { listImages } from "../../../src/images/list-images.ts";
import { tagImage, untagImage } from "../../../src/images/tag-image.ts";
import { unusedImages } from "../../../src/images/unused-images.ts";
import { FakeRuntime, SocketFolder } from "../rpc/fake-runtime.ts";

type Unary = handleUnaryCall<never, unknown>;

const image = (letter: string, more: DeepPartial<Image> = {}): Image =>
  Image.fromPartial({ id: letter.repeat(64), repoTags: [`registry.test/${letter}:1`], ...more });

/** What a runtime that is not containerd has: ids without the name of their hash, and no services of its own. */
const images = [
  image("a"),
  image("b"),
  image("c"),
  image("d", { repoTags: [], repoDigests: [`registry.test/d@sha256:${"1".repeat(64)}`] }),
  image("e", { pinned: true }),
  image("f"),
];

async function withRuntime(
  handlers: Readonly<Record<string, Unary>>,
  use: (connection: Connection, fake: FakeRuntime) => Promise<void>,
): Promise<void> {
  using folder = new SocketFolder();
  const listImagesHandler: Unary = (_, done) => done(null, { images });
  const status: Unary = (_, done) => done(null, { status: {}, info: {} });
  const all = { listImages: listImagesHandler, status, ...handlers };
  await using fake = await FakeRuntime.listen(folder.socket(), all);
  await using connection = await connect(folder.socket());
  fake.calls.length = 0;
  await use(connection, fake);
}

const containers =
  (...list: readonly DeepPartial<Container>[]): Unary =>
  (_, done) =>
    done(null, { containers: list.map((container) => Container.fromPartial(container)) });

test("images are in use by whatever a container calls them, and by what it has mounted", async () => {
  const mounts: Readonly<Record<string, string>> = { one: "registry.test/c:1" };
  const containerStatus: Unary = (call, done) => {
    const { containerId } = call.request as { containerId: string };
    const mounted = mounts[containerId];
    const status = {
      id: containerId,
      metadata: { name: "x" },
      image: { image: "x" },
      imageRef: "x",
      createdAt: 1n,
      mounts: mounted === undefined ? [] : [{ image: { image: mounted } }],
    };
    done(null, ContainerStatusResponse.fromPartial({ status }));
  };
  const listContainers = containers(
    { id: "one", image: { image: `sha256:${"a".repeat(64)}` }, imageRef: "x" },
    { id: "two", image: { image: "x" }, imageRef: `registry.test/d@sha256:${"1".repeat(64)}` },
  );
  await withRuntime({ listContainers, containerStatus }, async (connection) => {
    const unused = await unusedImages(connection);
    expect(unused.map(({ id }) => id[0])).toEqual(["b", "f"]);
  });
});

test("the image that the runtime's configuration names for pod sandboxes is never without use", async () => {
  const info = { config: JSON.stringify({ sandboxImage: "registry.test/b:1" }) };
  const status: Unary = (_, done) => done(null, { status: {}, info });
  await withRuntime({ listContainers: containers(), status }, async (connection) => {
    const unused = await unusedImages(connection);
    expect(unused.map(({ id }) => id[0])).toEqual(["a", "c", "d", "f"]);
  });
});

test.each<readonly [string, (connection: Connection) => Promise<unknown>, RegExp]>([
  [
    "tag",
    (line) => tagImage(line, { word: "aaaa", tag: "x:1" }),
    /^the runtime on unix:.* cannot name images: CRI has/u,
  ],
  [
    "untag",
    (line) => untagImage(line, "registry.test/a:1"),
    /cannot take one name away from an image: CRI has no RPC/u,
  ],
  ["history", (line) => imageHistory(line, "bb"), /does not tell an image's history: CRI has no RPC for it$/u],
  [
    "before",
    (line) => listImages(line, { before: "cc" }),
    /does not say when its images came: CRI has no RPC for it$/u,
  ],
])("%s on a runtime that is not containerd is one sentence", async (_, act, message) => {
  await withRuntime({}, async (connection) => {
    await expect(act(connection)).rejects.toMatchObject({
      code: "unimplemented",
      message: expect.stringMatching(message),
      hint: expect.stringMatching(/^only containerd has services of its own for that/u),
    });
  });
});
