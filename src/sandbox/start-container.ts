import type { Line } from "../cri/connect.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { carryThrough } from "./carry-through.ts";

/**
 * Starts a container. A signal that aborts meanwhile rejects when the start is through, whatever came of it.
 *
 * @throws {CancelledError} when `signal` aborts; the container may run then
 * @see CRI RuntimeService.StartContainer
 */
export async function startContainer(line: Line, containerId: string, options: CallOptions = {}): Promise<void> {
  const start = (given: CallOptions): Promise<unknown> => line.runtime.startContainer({ containerId }, given);
  const { givenUp } = await carryThrough(line, "StartContainer", start, options);
  if (givenUp !== undefined) throw givenUp;
}
