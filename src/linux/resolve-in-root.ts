import { HostError, NotFoundError } from "../errors.ts";
import { Scope } from "../lifetime.ts";
import type { Folder } from "./folder.ts";

/** Where a path leads: a name in an open folder, or, without one, the folder itself. Dispose of it to close the folder. */
export interface Place extends AsyncDisposable {
  readonly folder: Folder;
  readonly name: string | undefined;
}

/** As many as the kernel follows in one path: path_resolution(7). */
const mostLinks = 40;

/**
 * Follows a path as a process would whose root is `root`: absolute links begin there again, and `..` does not lead above
 * it. Links are read and followed here, never by the kernel, which knows only our own root. A link at the end is followed
 * as well, unless `keepLast`.
 *
 * @param path absolute; the last part may be missing
 * @throws {NotFoundError} when another part is missing; {HostError} for too many links and for what is no folder
 */
export async function resolveInRoot(
  root: Folder,
  path: string,
  { keepLast = false }: { readonly keepLast?: boolean } = {},
): Promise<Place> {
  await using scope = new Scope();
  /** The open folders from the root to where we are: `..` goes back in it, wherever folders may have been moved to. */
  const stack: Folder[] = [scope.use(await root.again())];
  const parts = partsOf(path);
  let links = 0;
  let name: string | undefined;
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const here = stack.at(-1) as Folder; // it holds the root at least
    name = undefined;
    if (part === "..") {
      if (stack.length > 1) stack.pop();
      continue;
    }
    const stat = await here.look(part);
    const isLast = parts.length === 0;
    if (stat === undefined && !isLast) throw new NotFoundError(`there is no '${part}' on the way of ${path}`);
    if (stat?.isSymbolicLink() === true && !(isLast && keepLast)) {
      if (++links > mostLinks) throw new HostError(`${path} leads through too many links`);
      const text = await here.readLink(part);
      if (text.startsWith("/")) stack.length = 1;
      parts.unshift(...partsOf(text));
      continue;
    }
    if (stat?.isDirectory() === true) stack.push(scope.use(await here.enter(part)));
    else if (isLast) name = part;
    else throw new HostError(`'${part}' on the way of ${path} is not a folder`);
  }
  const folder = await (stack.at(-1) as Folder).again();
  return { folder, name, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".");
}
