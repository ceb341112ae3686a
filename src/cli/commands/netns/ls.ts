import { UnreachableError } from "../../../errors.ts";
import { command } from "../../command.ts";
import type { Context, RuntimeLine } from "../../context.ts";
import { list, listFormats, listWords } from "../../list.ts";
import { netnsKind } from "../../views/netns.ts";

/** `crikit netns ls`: every network namespace of this machine. */
export const ls = command({
  about:
    "Those that a process is in, and those that are mounted somewhere: the runtimes' pins and the names of 'ip netns'. Whose they are is told by the runtime's pods, else by the paths of cgroups, else by the program. One that only an open file or a socket keeps alive is not to be seen. Without a runtime pods have no names; without root what other users' processes are in is missing.",
  examples: [
    "crikit netns ls",
    "crikit netns ls -o wide",
    "crikit netns ls -o custom-columns=NETNS:.inode,OF:.owner.kind,PINS:.pins[*].path",
  ],
  formats: listFormats,
  words: listWords,
  run: async ({ options }, context) => {
    const line = await runtimeIfAny(context);
    const { listNetns } = await import("../../../netns/list-netns.ts");
    let told = false;
    const fetch = async () => {
      const { namespaces, hiddenProcesses } = await listNetns({
        ...line?.call,
        signal: context.signal,
        line,
        nowMs: Date.now(),
      });
      if (hiddenProcesses > 0 && !told) {
        const some = hiddenProcesses === 1 ? "one process" : `${hiddenProcesses} processes`;
        context.note(`${some} could not be looked at: that takes every capability it has, as root mostly has`);
      }
      told = true;
      return namespaces;
    };
    return list(netnsKind, fetch, { options, context });
  },
});

/** Who named an endpoint wants that one to answer; else the list is good for something without a runtime, too. */
async function runtimeIfAny({ connect, flags, env, note }: Context): Promise<RuntimeLine | undefined> {
  try {
    return await connect();
  } catch (error) {
    const isNamed = [flags.runtimeEndpoint, env["CONTAINER_RUNTIME_ENDPOINT"]].some((text) => (text ?? "") !== "");
    if (isNamed || !(error instanceof UnreachableError)) throw error;
    note("no runtime answers: pods have no names here");
    return undefined;
  }
}
