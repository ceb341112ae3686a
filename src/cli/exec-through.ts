import { HostError, UsageError } from "../errors.ts";
import type { Found } from "../inventory/match-words.ts";
import type { Context, RuntimeLine } from "./context.ts";

/** What CRI has no field for. */
export interface ExecThroughOptions {
  readonly user?: string | undefined;
  readonly env?: readonly string[] | undefined;
  readonly workdir?: string | undefined;
}

/** What the runtime runs; or what nsenter runs, on the runtime's machine. */
export type Program =
  | { readonly kind: "exec"; readonly command: readonly string[] }
  | {
      readonly kind: "enter";
      readonly pid: number;
      readonly uid: number;
      readonly gid: number;
      readonly command: readonly string[];
    };

/** Runs the rest of its words in the folder that is the first. */
const inFolder = 'cd -- "$1" && shift && exec "$@"';

/** Which programs of the container can become the user that is its first word. */
const probe = [
  "setpriv --help 2>&1 | grep -q -- --reuid && echo setpriv",
  'command -v su >/dev/null && id -u "$1" >/dev/null 2>&1 && echo su',
  "true",
].join("\n");

/**
 * How to run a command as a user, in an environment, in a folder. CRI's Exec knows none of them, so programs of the
 * container do it, or nsenter on the runtime's machine. Says which.
 *
 * @throws {UsageError} {HostError} when nothing can
 * @see CRI runtime.v1.ExecRequest
 */
export async function execThrough(
  target: Found,
  { command, user, env = [], workdir }: ExecThroughOptions & { readonly command: readonly string[] },
  { context, line }: { readonly context: Pick<Context, "note">; readonly line: RuntimeLine },
): Promise<Program> {
  const wrong = env.find((word) => word.indexOf("=") < 1);
  if (wrong !== undefined) throw new UsageError(`--env: '${wrong}' is not a variable: write KEY=VALUE`);
  const inPlace = workdir === undefined ? command : ["sh", "-c", inFolder, "sh", workdir, ...command];
  const inside = env.length === 0 ? inPlace : ["env", ...env, ...inPlace];
  const change = user === undefined ? undefined : await changeUser(target, user, line);
  const through = [
    ...(change === undefined ? [] : [change.kind === "enter" ? "nsenter of this machine" : change.name]),
    ...(env.length === 0 ? [] : ["its env"]),
    ...(workdir === undefined ? [] : ["its sh"]),
  ];
  if (through.length > 0) {
    const price = change?.kind === "enter" ? ": outside the container's cgroup and seccomp filter" : "";
    context.note(`CRI knows no user, variables or folder of a program; it runs through ${through.join(", ")}${price}`);
  }
  if (change?.kind === "enter") return { ...change, command: inside };
  return { kind: "exec", command: [...(change?.words ?? []), ...inside] };
}

type Change =
  | { readonly kind: "exec"; readonly name: string; readonly words: readonly string[] }
  | { readonly kind: "enter"; readonly pid: number; readonly uid: number; readonly gid: number };

async function changeUser(target: Found, user: string, line: RuntimeLine): Promise<Change> {
  if (!/^\w[\w.-]*(?::\w[\w.-]*)?$/u.test(user)) {
    throw new UsageError(`--user: '${user}' is not a user: write NAME, UID or UID:GID`);
  }
  const [owner = "", group] = user.split(":");
  const can = await programsFor(target, owner, line);
  if (can.has("setpriv")) {
    const groups = group === undefined ? ["--clear-groups"] : ["--regid", group, "--clear-groups"];
    return { kind: "exec", name: "its setpriv", words: ["setpriv", "--reuid", owner, ...groups, "--"] };
  }
  if (can.has("su") && group === undefined) {
    return { kind: "exec", name: "its su", words: ["su", "-s", "/bin/sh", "-c", 'exec "$@"', "--", owner, "sh"] };
  }
  return { kind: "enter", ...(await placeOnThisMachine(target, line)), ...ids(owner, group, target) };
}

/** Empty where the container has no shell to ask. */
async function programsFor({ id }: Found, owner: string, line: RuntimeLine): Promise<ReadonlySet<string>> {
  const { execSync } = await import("../streaming/exec-sync.ts");
  try {
    const { stdout } = await execSync(line, id, { command: ["sh", "-c", probe, "sh", owner], ...line.call });
    return new Set(Buffer.from(stdout).toString().split("\n"));
  } catch {
    return new Set();
  }
}

function ids(owner: string, group: string | undefined, target: Found): { readonly uid: number; readonly gid: number } {
  const [uid, gid] = [Number(owner), Number(group ?? 0)];
  if (!Number.isInteger(uid) || !Number.isInteger(gid)) {
    throw new UsageError(`--user: ${nameOf(target)} has no program that knows '${owner}': write UID or UID:GID`);
  }
  return { uid, gid };
}

async function placeOnThisMachine(target: Found, line: RuntimeLine): Promise<{ readonly pid: number }> {
  const [{ containerDetails }, { isOfContainer }] = await Promise.all([
    import("../sandbox/details.ts"),
    import("../linux/enter.ts"),
  ]);
  const { verbose } = await containerDetails(line, target.id, line.call);
  const pid = verbose.pid ?? 0;
  if (pid === 0 || !(await isOfContainer(pid, target.id))) {
    throw new HostError(`${nameOf(target)} has no program that can become another user, and is not on this machine`, {
      hint: "its image needs setpriv or su, or run this on the runtime's machine",
    });
  }
  return { pid };
}

function nameOf({ id, name }: Found): string {
  return name ?? id;
}
