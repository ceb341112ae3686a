import { connect, type Line } from "../cri/connect.ts";
import type { PodSandbox } from "../cri/messages.ts";
import { removePodSandbox } from "../sandbox/remove-pod-sandbox.ts";

/** As many as two cores take without waiting for one another. */
const atOnce = 4;

/** Milliseconds for all of it: what is not stopped by then is killed. */
const patienceMs = 30_000;

/**
 * Asks the runtime to stop and remove every pod, so that its CNI plugins undo what they did. Whatever goes wrong here is
 * the business of the sweep that follows.
 */
export async function stopPods(endpoint: string, signal?: AbortSignal): Promise<void> {
  const limit = AbortSignal.timeout(patienceMs);
  const options = { signal: signal === undefined ? limit : AbortSignal.any([signal, limit]) };
  try {
    await using connection = await connect(endpoint, { ...options, env: {}, connectTimeoutMs: 2_000 });
    const { items } = await connection.runtime.listPodSandbox({}, options);
    const waiting = [...items];
    const worker = async (): Promise<void> => {
      for (let pod = waiting.pop(); pod !== undefined; pod = waiting.pop())
        await removePod(connection, pod, options.signal);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  } catch {
    // It does not answer, or does not do it: kill -9 of containerd leads here.
  }
}

async function removePod(line: Line, pod: PodSandbox, signal: AbortSignal): Promise<void> {
  try {
    await removePodSandbox(line, pod, { signal });
  } catch {
    // One pod that does not go must not keep the others.
  }
}
