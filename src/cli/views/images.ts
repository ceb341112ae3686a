import { Image } from "../../cri/messages.ts";
import { toProtoJson } from "../../cri/protojson.ts";
import { nameOf, splitName } from "../../images/image-words.ts";
import type { ListColumn, ListKind } from "../list.ts";
import { details } from "./details.ts";
import { humanSize, shortId } from "./human.ts";

/** One line of the list of images. */
export interface ImageRow {
  readonly image: Image;
  /** The tag that this line is about; the first one in a list of images, none of an image that has none. */
  readonly tag: string | undefined;
}

/** Which columns there are beside crictl's usual ones. */
export interface ImageColumns {
  readonly digests?: boolean | undefined;
  readonly pinned?: boolean | undefined;
}

/** What stands where there is nothing. */
const none = "<none>";

const image: ListColumn<ImageRow> = { head: "IMAGE", cell: repositoryOf };
const tag: ListColumn<ImageRow> = { head: "TAG", cell: ({ tag: name }) => splitName(name ?? "").tag ?? none };
const digest: ListColumn<ImageRow> = {
  head: "DIGEST",
  cell: (row, { full }) => {
    const found = digestOf(row);
    return full || found === none ? found : shortId(found);
  },
};
const id: ListColumn<ImageRow> = {
  head: "IMAGE ID",
  cell: (row, { full }) => (full ? row.image.id : shortId(row.image.id)),
};
const size: ListColumn<ImageRow> = {
  head: "SIZE",
  cell: (row) => humanSize(row.image.size),
  key: (row) => row.image.size,
};
const pinned: ListColumn<ImageRow> = { head: "PINNED", cell: (row) => String(row.image.pinned) };
const user: ListColumn<ImageRow> = { head: "USER", cell: (row) => userOf(row.image) ?? "" };

/** The list of images, with crictl's columns: a line a tag, or a line for an image without one. */
export function imagesKind(columns: ImageColumns): ListKind<ImageRow> {
  const more = [digest, pinned, user];
  const shown = [
    image,
    tag,
    ...(columns.digests === true ? [digest] : []),
    id,
    size,
    ...(columns.pinned === true ? [pinned] : []),
  ];
  return {
    columns: shown,
    wide: more.filter((column) => !shown.includes(column)),
    rows: (row) =>
      row.image.repoTags.length === 0 ? [row] : row.image.repoTags.map((name) => ({ ...row, tag: name })),
    id: (row) => row.image.id,
    name: (row) => nameOf(row.image),
    details: (row) => detailsOf(row.image),
    toJson: (row) => toProtoJson(Image, row.image),
    key: "images",
  };
}

/** An image as a line of the list, before it is one a tag. */
export function imageRow(each: Image): ImageRow {
  return { image: each, tag: each.repoTags[0] };
}

/** One image as `Name: value` lines. */
export function detailsOf(each: Image): string {
  return details({
    ID: each.id,
    RepoTags: each.repoTags,
    RepoDigests: each.repoDigests,
    Size: `${humanSize(each.size)} (${each.size} bytes)`,
    User: userOf(each),
    Pinned: each.pinned,
  });
}

function userOf({ uid, username }: Image): string | undefined {
  if (username !== "") return username;
  return uid === undefined ? undefined : String(uid.value);
}

function repositoryOf({ image: { repoDigests }, tag: name }: ImageRow): string {
  const [anyDigest] = repoDigests;
  const from = name ?? anyDigest;
  return from === undefined ? none : splitName(from).repository;
}

/** The digest that stands with the tag's own repository: one image may have come from several. */
function digestOf(row: ImageRow): string {
  const { repoDigests } = row.image;
  const repository = repositoryOf(row);
  const own = repoDigests.find((name) => splitName(name).repository === repository) ?? repoDigests[0];
  return own === undefined ? none : (splitName(own).digest ?? none);
}
