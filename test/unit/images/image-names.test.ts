import { describe, expect, test } from "vitest";
import { InvalidArchiveError, UsageError } from "../../../src/errors.ts";
import { checkDigestOfName, namesOf } from "../../../src/images/image-names.ts";
import { mediaTypes, type Platform } from "../../../src/oci/descriptor.ts";
import type { ImageSource, NamedImage } from "../../../src/oci/image-source.ts";

const platform: Platform = { os: "linux", architecture: "amd64" };
const arm: Platform = { os: "linux", architecture: "arm64" };

function image(name: string | undefined, digit: string, its?: Platform): NamedImage {
  return { name, target: { mediaType: mediaTypes.ociManifest, digest: digestOf(digit), size: 1, platform: its } };
}

function digestOf(digit: string): string {
  return `sha256:${digit.repeat(64)}`;
}

function named(images: readonly NamedImage[], tag?: string): readonly string[] {
  const source: ImageSource = { where: "x.tar", images, read: () => expect.unreachable() };
  return namesOf(source, { tag, platform }).map(({ name, target }) => `${name} ${target.digest.slice(7, 8)}`);
}

describe("the names of images", () => {
  test("are the source's, in the spelling that runtimes store", () => {
    expect(named([image("busybox", "1"), image("quay.io/a/b:2", "2")])).toEqual([
      "docker.io/library/busybox:latest 1",
      "quay.io/a/b:2 2",
    ]);
  });

  test("may be two for one image", () => {
    expect(named([image("a:1", "1"), image("a:2", "1")])).toEqual([
      "docker.io/library/a:1 1",
      "docker.io/library/a:2 1",
    ]);
  });

  test("are replaced by a tag, whatever they were", () => {
    expect(named([image("No Name!", "1"), image(undefined, "1")], "a")).toEqual(["docker.io/library/a:latest 1"]);
  });

  test("have to be names", () => {
    expect(() => named([image("No Name!", "1")])).toThrow(InvalidArchiveError);
    expect(() => named([image("No Name!", "1")])).toThrow(/x\.tar calls its image "No Name!", which is no name/u);
  });

  test("have to be given where the source gives none", () => {
    expect(() => named([image(undefined, "1")])).toThrow(UsageError);
    expect(() => named([])).toThrow(/x\.tar holds no image/u);
  });

  test("are not one for several images", () => {
    expect(() => named([image("a:1", "1"), image("a:2", "2")], "b")).toThrow(UsageError);
    expect(() => named([image(undefined, "1"), image(undefined, "2")], "b")).toThrow(/holds 2 images/u);
  });
});

describe("of several images that are called the same", () => {
  test.each([
    [image("a:1", "1", arm), image("a:1", "2", platform)],
    [image("a:1", "2", platform), image("a:1", "1", arm)],
  ])("the one for the platform is taken, whatever the order", (...images) => {
    expect(named(images)).toEqual(["docker.io/library/a:1 2"]);
  });

  test("the one for the platform can be given a tag, also where none has a name", () => {
    expect(named([image(undefined, "1", arm), image(undefined, "2", platform)], "b")).toEqual([
      "docker.io/library/b:latest 2",
    ]);
  });

  test("none is taken when none or several fit", () => {
    expect(() => named([image("a:1", "1", arm), image("a:1", "2")])).toThrow(/2 images .*none for linux\/amd64/u);
    expect(() => named([image("a:1", "1", platform), image("a:1", "2", platform)])).toThrow(/several for/u);
  });

  test("it is one and the same that stands there twice", () => {
    expect(named([image("a:1", "1"), image("a:1", "1")])).toEqual(["docker.io/library/a:1 1"]);
  });
});

test("a name that ends in another image's digest is a lie", () => {
  checkDigestOfName("a.io/b:1", digestOf("1"), "x.tar");
  checkDigestOfName(`a.io/b@${digestOf("1")}`, digestOf("1"), "x.tar");
  expect(() => checkDigestOfName(`a.io/b@${digestOf("2")}`, digestOf("1"), "x.tar")).toThrow(InvalidArchiveError);
});
