import { readOf } from "./process.ts";

/** One mount, as a line of `/proc/PID/mountinfo` tells it. @see proc_pid_mountinfo(5) */
export interface Mount {
  readonly id: number;
  readonly parentId: number;
  /** `major:minor` of the device. */
  readonly device: string;
  /** The folder of the file system that is mounted; of nsfs, such as `net:[4026532177]`. */
  readonly root: string;
  readonly mountPoint: string;
  readonly fileSystem: string;
  readonly source: string;
  /** Options of the file system, such as overlay's `upperdir=…`. */
  readonly superOptions: string;
}

/** The mounts that a process sees; none when it is gone, or a zombie. */
export async function mountsOf(pid: number | "self", proc = "/proc"): Promise<readonly Mount[]> {
  const text = await readOf(`${proc}/${pid}/mountinfo`).catch((error: unknown) => {
    // What the kernel says of a zombie, which sees no mounts any more.
    if (error instanceof Error && "code" in error && error.code === "EINVAL") return undefined;
    throw error;
  });
  return parseMountinfo(text ?? "");
}

/** Parses mountinfo. Lines that are none are passed over. */
export function parseMountinfo(text: string): readonly Mount[] {
  return text.split("\n").flatMap((line) => {
    const fields = line.split(" ");
    const separator = fields.indexOf("-", 6); // any number of optional fields stand before it
    const [id, parentId, device, root, mountPoint] = fields;
    const [fileSystem, source, superOptions] = fields.slice(separator + 1);
    if (separator < 0 || mountPoint === undefined || fileSystem === undefined) return [];
    return {
      id: Number(id),
      parentId: Number(parentId),
      device: device ?? "",
      root: unescapeOctal(root ?? ""),
      mountPoint: unescapeOctal(mountPoint),
      fileSystem,
      source: unescapeOctal(source ?? ""),
      superOptions: unescapeOctal(superOptions ?? ""),
    };
  });
}

/** The mounts on `folder` and below it, those on top first: the order to unmount them in. */
export function mountsBelow(mounts: readonly Mount[], folder: string): readonly Mount[] {
  return mounts.filter(({ mountPoint }) => mountPoint === folder || mountPoint.startsWith(`${folder}/`)).toReversed();
}

/** The kernel writes blank, tab, line feed and backslash as `\040` and so on, of the bytes of a path. */
function unescapeOctal(text: string): string {
  if (!text.includes("\\")) return text;
  const bytes = Buffer.from(text, "utf8").toString("latin1");
  const plain = bytes.replace(/\\([0-7]{3})/gu, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
  return Buffer.from(plain, "latin1").toString("utf8");
}
