import type { Entry } from "../../../src/copy/entry.ts";

/** What every entry of these tests has. */
export const kept = { mode: 0o644, uid: 0, gid: 0, modifiedAt: new Date("2001-02-03T04:05:06Z") };

/** A file of so much text, which can be read once. */
export const file = (path: string, text = "text"): Entry => ({
  ...kept,
  path,
  type: "file",
  sizeBytes: text.length,
  bytes: (async function* () {
    yield Buffer.from(text);
  })(),
});
