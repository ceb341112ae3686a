import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";

/** Somebody who puts the terminal right when this process has been killed. */
export interface TerminalGuard {
  /** The terminal is as it shall not be left from now on. */
  arm(): void;
  /** It is as it was again: the guard has nothing to do, and goes. */
  release(): Promise<void>;
}

/**
 * Notes how the terminal is; waits for the word that it was changed; then for the word that it is right again. When that
 * does not come, since whoever should give it is dead, it puts the terminal right, unless somebody else has done so.
 */
const script = `
trap '' HUP INT TERM QUIT TSTP TTOU
before=$(stty -g) && echo ready && read -r word <&3 || exit 0
armed=$(stty -g)
read -r word <&3 && exit 0
[ "$(stty -g)" != "$armed" ] || stty "$before"
`;

/** Starts the guard of standard input's terminal. Without `sh` and `stty` there is none, and that is no failure. */
export async function guardTerminal(): Promise<TerminalGuard> {
  // In a session of its own: what is killed by its process group or its terminal does not take the guard with it.
  const child = spawn("sh", ["-c", script], { stdio: ["inherit", "pipe", "ignore", "pipe"], detached: true });
  child.on("error", () => undefined);
  // As asked for above.
  const words = child.stdio[3] as Writable;
  const ready = child.stdio[1] as Readable;
  words.on("error", () => undefined);
  await Promise.race([once(ready, "data"), once(ready, "close")]).catch(() => undefined);
  child.unref();
  ready.destroy();
  return {
    arm: () => void words.write("armed\n"),
    async release() {
      if (child.exitCode !== null || child.pid === undefined) return;
      child.ref();
      const gone = once(child, "exit").catch(() => undefined);
      words.end("right\n");
      await gone;
    },
  };
}
