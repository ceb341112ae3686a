/** What is kept of every kind of file. */
interface Kept {
  /** Below what is copied, parts separated by `/`; empty for what is copied itself. */
  readonly path: string;
  /** Permissions, with the bits for set-user-id, set-group-id and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modifiedAt: Date;
}

/** One file on its way. The bytes of one have to be read before the next is asked for. */
export type Entry =
  | (Kept & { readonly type: "file"; readonly sizeBytes: number; readonly bytes: AsyncIterable<Uint8Array> })
  | (Kept & { readonly type: "folder" })
  | (Kept & { readonly type: "link"; readonly text: string })
  | (Kept & { readonly type: "same-file"; readonly as: string });

/** Something that was not copied, and why. */
export interface Skipped {
  readonly path: string;
  readonly why: string;
}

/** What was copied. */
export interface Copied {
  readonly files: number;
  readonly bytes: number;
  readonly skipped: readonly Skipped[];
}

/** What Node puts in place of bytes of a name that are not UTF-8. By such a name nothing is found again. */
export const replacement = "\ufffd";

/** Why a file whose name cannot be written as text is left out. */
export const notUtf8 = "named in another encoding than UTF-8";
