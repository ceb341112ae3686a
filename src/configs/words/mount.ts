import { type DeepPartial, type Mount, MountPropagation } from "../../cri/messages.ts";
import { UsageError } from "../../errors.ts";
import { readAll } from "./flag.ts";

/**
 * A mount as it is written in one word: `SRC:DST`, `SRC:DST:ro,rslave`, or `type=bind,source=SRC,target=DST,readonly`.
 *
 * @throws {UsageError} that says what to write
 */
export function mountFromWord(word: string): DeepPartial<Mount> {
  return /^[a-z-]+(=|,|$)/u.test(word) ? fromPairs(word) : fromColons(word);
}

/** The same for all mounts of a container. @throws {UsageError} also when two of them have the same place in it */
export function mountsFromWords(flag: string, words: readonly string[] = []): DeepPartial<Mount>[] {
  const mounts = readAll(flag, mountFromWord, words);
  for (const [at, { containerPath }] of mounts.entries()) {
    const twin = mounts.findIndex((other) => other.containerPath === containerPath);
    if (twin < at)
      throw new UsageError(`${flag}: '${words[twin]}' and '${words[at]}' have the same place in the container`);
  }
  return mounts;
}

function fromColons(word: string): DeepPartial<Mount> {
  const [source = "", target = "", options, ...more] = word.split(":");
  if (more.length > 0 || options === "" || !source || !target) throw wrong(word);
  const mount = { hostPath: absolute(source, word), containerPath: absolute(target, word) };
  return Object.assign(mount, ...(options?.split(",") ?? []).map((option) => meaning(option, word)));
}

/** What an option after the second colon says. */
function meaning(option: string, word: string): DeepPartial<Mount> {
  if (option === "ro") return { readonly: true };
  if (option === "rw") return {};
  return { propagation: propagationFrom(option, word) };
}

/** As in `docker run --mount`. */
function fromPairs(word: string): DeepPartial<Mount> {
  const mount: { -readonly [Key in keyof Mount]?: Mount[Key] } = {};
  for (const pair of word.split(",")) {
    const [key, value] = splitOnce(pair);
    if (key === "type") {
      if (value !== "bind") throw new UsageError(`'${word}': CRI has only type=bind, a file or folder of the host`);
    } else if (key === "source" || key === "src") mount.hostPath = absolute(value ?? "", word);
    else if (key === "target" || key === "destination" || key === "dst") {
      mount.containerPath = absolute(value ?? "", word);
    } else if (key === "readonly" || key === "ro") mount.readonly = booleanFrom(value, word);
    else if (key === "bind-propagation") mount.propagation = propagationFrom(value ?? "", word);
    else throw wrong(word, `'${key}' is none of type, source, target, readonly, bind-propagation`);
  }
  if (mount.hostPath === undefined || mount.containerPath === undefined) throw wrong(word);
  return mount;
}

function splitOnce(pair: string): [key: string, value: string | undefined] {
  const at = pair.indexOf("=");
  return at < 0 ? [pair, undefined] : [pair.slice(0, at), pair.slice(at + 1)];
}

function booleanFrom(value: string | undefined, word: string): boolean {
  if (value === undefined || value === "true" || value === "1") return true;
  if (value === "false" || value === "0") return false;
  throw wrong(word, "readonly is true or false");
}

/** The kernel's words, and CRI's. Recursive or not is the same to CRI. @see mount_namespaces(7) */
const propagations: Readonly<Record<string, MountPropagation>> = {
  private: MountPropagation.PROPAGATION_PRIVATE,
  rprivate: MountPropagation.PROPAGATION_PRIVATE,
  slave: MountPropagation.PROPAGATION_HOST_TO_CONTAINER,
  rslave: MountPropagation.PROPAGATION_HOST_TO_CONTAINER,
  shared: MountPropagation.PROPAGATION_BIDIRECTIONAL,
  rshared: MountPropagation.PROPAGATION_BIDIRECTIONAL,
};

function propagationFrom(text: string, word: string): MountPropagation {
  const known = Object.hasOwn(propagations, text) ? propagations[text] : undefined;
  if (known === undefined) throw wrong(word, `'${text}' is none of ro, rw, ${Object.keys(propagations).join(", ")}`);
  return known;
}

/** The runtime is another process, often another user's: it knows nothing of this folder. */
function absolute(path: string, word: string): string {
  if (!path.startsWith("/")) throw wrong(word, `'${path}' is not an absolute path`);
  return path;
}

function wrong(word: string, why = ""): UsageError {
  return new UsageError(`'${word}' is not a mount${why && `: ${why}`}`, {
    hint: "write /on/the/host:/in/the/container, add :ro or :ro,rslave, or type=bind,source=…,target=…,readonly",
  });
}
