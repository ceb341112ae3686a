import { isIP } from "node:net";
import { UsageError } from "../../errors.ts";

/** The address of a name server: resolv.conf takes no names. @throws {UsageError} that says what to write */
export function nameServerFromWord(word: string): string {
  if (isIP(word) !== 0) return word;
  throw new UsageError(`'${word}' is not the address of a name server: write 10.0.0.10 or fd00::10`);
}

/** One word of resolv.conf: a domain to search, or an option. @throws {UsageError} that says what to write */
export function resolverWord(word: string): string {
  if (/^[^\s#;]+$/u.test(word)) return word;
  throw new UsageError(`'${word}' cannot stand in resolv.conf: write one word, such as example.org or ndots:2`);
}

/** A host name of at most 64 characters. @throws {UsageError} that says what to write @see hostname(7) */
export function hostnameFromWord(word: string): string {
  if (word.length <= 64 && /^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/u.test(word)) return word;
  throw new UsageError(`'${word}' is not a host name: write up to 64 letters, digits, '-' and '.'`);
}
