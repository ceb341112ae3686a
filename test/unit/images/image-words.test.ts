import { expect, test } from "vitest";
import { Image } from "../../../src/cri/messages.ts";
import { isMeant, matchImages, splitName } from "../../../src/images/image-words.ts";

const image = (start: string, repoTags: readonly string[] = [], repoDigests: readonly string[] = []): Image =>
  Image.fromPartial({ id: `sha256:${start.padEnd(64, "0")}`, repoTags: [...repoTags], repoDigests: [...repoDigests] });

const digest = `sha256:${"d".repeat(64)}`;
const busybox = image("abc1", ["docker.io/library/busybox:latest", "docker.io/library/busybox:1.36"]);
const app = image("abc2", ["registry.test:5000/team/app:1"], [`registry.test:5000/team/app@${digest}`]);
const nameless = image("f00d");
const images = [busybox, app, nameless];

test.each([
  ["busybox", busybox],
  ["busybox:1.36", busybox],
  ["docker.io/library/busybox", busybox],
  ["registry.test:5000/team/app:1", app],
  [`registry.test:5000/team/app@${digest}`, app],
  [app.id, app],
  [app.id.slice(7), app],
  ["abc2", app],
  ["sha256:abc2", app],
  ["f", nameless],
])("%s means one image, as the runtime would read it", (word, meant) => {
  expect(matchImages([word], images)).toEqual([meant]);
});

test("what two words mean is there once, in the order of the words", () => {
  expect(matchImages(["abc2", "busybox", app.id], images)).toEqual([app, busybox]);
});

test("the start of several ids is ambiguous, and they are named", () => {
  expect(() => matchImages(["abc"], images)).toThrow(
    expect.objectContaining({
      code: "ambiguous",
      message:
        "'abc' means 2 images: abc1000000000 (docker.io/library/busybox:latest), " +
        "abc2000000000 (registry.test:5000/team/app:1)",
    }) as Error,
  );
});

test.each([
  ["app:1", "there is registry.test:5000/team/app:1"],
  ["team/app", "there is registry.test:5000/team/app:1"],
  ["nope", "'crikit images' shows what there is, 'crikit pull' fetches what is not"],
  ["busybox:2", "'crikit images' shows what there is, 'crikit pull' fetches what is not"],
  ["", "'crikit images' shows what there is, 'crikit pull' fetches what is not"],
])("%j is no image: what is deleted is never guessed from a part of a name", (word, hint) => {
  expect(() => matchImages([word], images)).toThrow(
    expect.objectContaining({ code: "not-found", message: `no image '${word}'`, hint }) as Error,
  );
});

test.each([
  ["busybox", true],
  ["library/busybox", true],
  ["docker.io/library/busybox:1.36", true],
  ["busybox:1.35", false],
  ["box", false],
  ["abc1", true],
  ["abc", false], // too short for an id, and no name
])("a list for %s has busybox: %s", (word, shown) => {
  expect(isMeant(word, busybox)).toBe(shown);
});

test.each([
  ["registry.test:5000/app", { repository: "registry.test:5000/app", tag: undefined, digest: undefined }],
  ["registry.test:5000/app:1", { repository: "registry.test:5000/app", tag: "1", digest: undefined }],
  [`registry.test/app@${digest}`, { repository: "registry.test/app", tag: undefined, digest }],
  [`app:1@${digest}`, { repository: "app", tag: "1", digest }],
  ["<none>:<none>", { repository: "<none>", tag: "<none>", digest: undefined }],
])("%s is taken apart", (name, parts) => {
  expect(splitName(name)).toEqual(parts);
});
