import type { DeepPartial, LinuxContainerSecurityContext } from "../../cri/messages.ts";
import { UsageError } from "../../errors.ts";

/** Who a container runs as: the fields of CRI's security context that say it. */
export type RunAs = Pick<DeepPartial<LinuxContainerSecurityContext>, "runAsUser" | "runAsGroup" | "runAsUsername">;

/** `1000`, `1000:1000`, `www-data` or `www-data:33`. CRI has no names of groups. @throws {UsageError} that says what to write */
export function userFromWord(word: string): RunAs {
  const [user = "", group, ...more] = word.split(":");
  const isNumber = /^\d+$/u.test(user);
  if (more.length > 0 || !(isNumber || /^[A-Za-z_][\w.-]*\$?$/u.test(user))) throw wrong(word);
  if (group !== undefined && !/^\d+$/u.test(group))
    throw wrong(word, `the group has to be a number, '${group}' is not`);
  return {
    ...(isNumber ? { runAsUser: { value: idFrom(user, word) } } : { runAsUsername: user }),
    ...(group === undefined ? {} : { runAsGroup: { value: idFrom(group, word) } }),
  };
}

/** The last id there is: the one after it is the kernel's "no change". */
const lastId = 2n ** 32n - 2n;

function idFrom(text: string, word: string): bigint {
  const id = BigInt(text);
  if (id > lastId) throw wrong(word, `ids end at ${lastId}`);
  return id;
}

function wrong(word: string, why = ""): UsageError {
  return new UsageError(`'${word}' is not a user${why && `: ${why}`}`, {
    hint: "write 1000, 1000:1000, www-data or www-data:33",
  });
}
