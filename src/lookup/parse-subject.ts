import { isIP } from "node:net";
import { UsageError } from "../errors.ts";
import { canonicalAddress } from "../linux/local-addresses.ts";

/** What a word can mean. */
export type Subject =
  | { readonly kind: "pid"; readonly pid: number }
  | { readonly kind: "port"; readonly port: number }
  | { readonly kind: "ip"; readonly address: string }
  /** The number of a namespace; with the device where the word had it. */
  | { readonly kind: "inode"; readonly ino: bigint; readonly dev?: bigint }
  | { readonly kind: "veth"; readonly name: string };

/** The kernel's limits: PID_MAX_LIMIT, 16 bits, and IFNAMSIZ without its NUL. */
const [highestPid, highestPort, longestName] = [4_194_304, 65_535, 15];

/**
 * What a word can mean, each as `KIND:WORD` says it or as it looks: `net:[4026532177]` and `dev:ino` are namespaces, what
 * is an address is one; a number alone may be a process, a port, or a namespace, and is all that it fits; anything else is
 * the name of an interface.
 *
 * @throws {UsageError} when it can be none of them
 */
export function parseSubject(word: string): readonly Subject[] {
  const [, kind, rest = ""] = /^(pid|port|ip|inode|veth):(.+)$/u.exec(word) ?? [];
  if (kind !== undefined) {
    const named = possible(rest).filter((subject) => subject.kind === kind);
    if (named.length > 0) return named;
    throw new UsageError(`'${rest}' cannot be a ${kind}`);
  }
  const found = possible(word);
  if (found.length > 0) return found;
  throw new UsageError(`'${word}' is no process, port, address, namespace or interface`, {
    hint: "say which with pid:N, port:N, ip:ADDRESS, inode:N or veth:NAME",
  });
}

function possible(word: string): readonly Subject[] {
  const [, linked] = /^[a-z]+:\[(\d{1,20})\]$/u.exec(word) ?? [];
  if (linked !== undefined) return [{ kind: "inode", ino: BigInt(linked) }];
  const [, dev, ino] = /^(\d{1,10}):(\d{1,20})$/u.exec(word) ?? [];
  if (dev !== undefined && ino !== undefined) return [{ kind: "inode", dev: BigInt(dev), ino: BigInt(ino) }];
  if (isIP(word) !== 0) return [{ kind: "ip", address: canonicalAddress(word) }];
  if (/^\d{1,20}$/u.test(word)) {
    const number = Number(word);
    return [
      ...(number > 0 && number <= highestPid ? [{ kind: "pid", pid: number } as const] : []),
      ...(number > 0 && number <= highestPort ? [{ kind: "port", port: number } as const] : []),
      ...(number > highestPid ? [{ kind: "inode", ino: BigInt(word) } as const] : []),
    ];
  }
  const isName =
    word !== "" && word !== "." && word !== ".." && !/[\s/:]/u.test(word) && Buffer.byteLength(word) <= longestName;
  return isName ? [{ kind: "veth", name: word }] : [];
}
