import { expect, test } from "vitest";
import { type DeepPartial, Image } from "../../../../src/cri/messages.ts";
import { imageRow, imagesKind } from "../../../../src/cli/views/images.ts";
import { pullText } from "../../../../src/cli/views/pull.ts";

const showing = { now: new Date(0), full: false };
const id = `sha256:${"ab".repeat(32)}`;
const [one, two] = [`sha256:${"1".repeat(64)}`, `sha256:${"2".repeat(64)}`];

/** The cells of the lines that an image is. */
function cellsOf(parts: DeepPartial<Image>): readonly (readonly string[])[] {
  const kind = imagesKind({ digests: true, pinned: true });
  const row = imageRow(Image.fromPartial({ id, size: 1_148_576n, ...parts }));
  return (kind.rows?.(row) ?? []).map((line) => kind.columns.map(({ cell }) => cell(line, showing)));
}

test("an image is a line a tag, each with the digest of its own repository", () => {
  expect(
    cellsOf({
      repoTags: ["a.test:5000/x:1", "b.test/y:2"],
      repoDigests: [`b.test/y@${two}`, `a.test:5000/x@${one}`],
      pinned: true,
    }),
  ).toEqual([
    ["a.test:5000/x", "1", "1111111111111", "ababababababa", "1.15MB", "true"],
    ["b.test/y", "2", "2222222222222", "ababababababa", "1.15MB", "true"],
  ]);
});

test("an image without a tag is a line with its repository, one without a name is a line too", () => {
  expect(cellsOf({ repoDigests: [`a.test/x@${one}`] })).toEqual([
    ["a.test/x", "<none>", "1111111111111", "ababababababa", "1.15MB", "false"],
  ]);
  expect(cellsOf({})).toEqual([["<none>", "<none>", "<none>", "ababababababa", "1.15MB", "false"]]);
});

test.each([
  [undefined, "pulling x"],
  [{ bytes: 0, totalBytes: undefined, layersDone: 0, layers: undefined }, "pulling x"],
  [{ bytes: 3_400_000, totalBytes: 8_015_000, layersDone: 2, layers: 3 }, "pulling x: 3.4MB of 8.02MB, 2 of 3 layers"],
  [{ bytes: 8_015_000, totalBytes: 8_015_000, layersDone: 3, layers: 3 }, "pulling x: all 8.02MB here, unpacking"],
])("a pull that is so far: %j", (progress, text) => {
  expect(pullText("x", progress)).toBe(text);
});
