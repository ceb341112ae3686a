import { CrikitError, type ErrorCode } from "../errors.ts";
import { failures } from "../failures.ts";
import { isSystemError } from "./system-error.ts";

/** One row a failure: a new {@link ErrorCode} does not compile until it has one. */
const exitCodes: Record<ErrorCode, number> = {
  usage: 2,
  cancelled: 130, // 128 + SIGINT, as a shell counts
  "socket-missing": 1,
  "permission-denied": 1,
  "connection-refused": 1,
  "not-grpc": 1,
  "not-cri-v1": 1,
  "no-endpoint": 1,
  "deadline-exceeded": 1,
  "not-found": 1,
  ambiguous: 1,
  "already-exists": 1,
  unimplemented: 1,
  "runtime-failed": 1,
  "connection-lost": 1,
  "malformed-answer": 1,
  "invalid-archive": 1,
  "lab-failed": 1,
  "host-failed": 1,
  unmeasured: 1,
  untrusted: 1,
};

/** Exit status of a bug in crikit: EX_SOFTWARE of sysexits.h. */
const bug = 70;

/**
 * Exit status for a thrown value, by its first failure: 2 for wrong words, 130 for a cancellation, `ordinary` for what can
 * go wrong in the world, 70 for a bug in crikit.
 *
 * @param ordinary 1 unless the command gives 1 another meaning
 */
export function exitCodeOf(error: unknown, ordinary = 1): number {
  const [first] = failures(error);
  if (isSystemError(first)) return ordinary;
  if (!(first instanceof CrikitError)) return bug;
  const code = exitCodes[first.code];
  return code === 1 ? ordinary : code;
}
