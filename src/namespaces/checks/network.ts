import { bounded } from "../../bounded.ts";
import { type Link, linksIn } from "../../linux/ip.ts";
import type { MeasuredPod } from "../measure.ts";
import { judgeAddresses } from "./addresses.ts";
import { type Check, type CheckSource, readsAtOnce, runOptions, spawnsAtOnce, unlessAborted } from "./check.ts";
import { type Interfaces, readInterfaces } from "./interfaces.ts";
import { judgeLoopback } from "./loopback.ts";

/** Whether the addresses that the runtime reports are those inside: see {@link judgeAddresses}. */
export const checkAddresses: Check = async (pods, source) => (await checkNetwork(pods, source)).addresses;

/** Whether `lo` is up: see {@link judgeLoopback}. */
export const checkLoopback: Check = async (pods, source) => (await checkNetwork(pods, source)).loopback;

/**
 * Both of one reading. Only of pods that are ready and have a network of their own: another one has lost its own, and the
 * host's is not the runtime's to promise.
 */
export async function checkNetwork(
  pods: readonly MeasuredPod[],
  source: CheckSource,
): Promise<{ readonly addresses: Awaited<ReturnType<Check>>; readonly loopback: Awaited<ReturnType<Check>> }> {
  const own = pods.filter(({ state, promise }) => state === "ready" && promise.network !== "NODE");
  const inTurn = turns(spawnsAtOnce);
  const enter = (netns: string): Promise<readonly Link[]> => inTurn(() => linksIn(netns, runOptions(source)));
  const seen = await bounded(own, readsAtOnce, async (pod): Promise<readonly [MeasuredPod, Interfaces]> => {
    unlessAborted(source);
    return [pod, await readInterfaces(pod, source, enter)];
  });
  return {
    addresses: seen.map(([pod, interfaces]) => judgeAddresses(pod, interfaces)),
    loopback: seen.map(([pod, interfaces]) => judgeLoopback(pod, interfaces)),
  };
}

/** Lets so many work at once; the others wait for their turn. */
function turns(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = limit;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => void waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free += 1;
      else next();
    }
  };
}
