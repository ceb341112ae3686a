import { setTimeout as sleep } from "node:timers/promises";
import type { Line } from "../cri/connect.ts";
import type { Image } from "../cri/messages.ts";
import { RuntimeFailedError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** Milliseconds in which CRI has to see what containerd has. Measured: a fraction of a second. */
const visibleWithinMs = 15_000;

/** Waits until CRI knows an image by a name: containerd tells its CRI plugin by an event. @throws {RuntimeFailedError} */
export async function untilNamed(
  line: Line,
  { name, id }: { readonly name: string; readonly id: string },
  options: CallOptions,
): Promise<void> {
  const isThere = (image: Image | undefined): boolean => image?.id === id;
  await until(line, { name, isThere, what: "is in containerd, but CRI does not see it" }, options);
}

/** Waits until CRI knows no image by a name. @throws {RuntimeFailedError} */
export async function untilUnnamed(line: Line, name: string, options: CallOptions): Promise<void> {
  const isThere = (image: Image | undefined): boolean =>
    image === undefined || ![...image.repoTags, ...image.repoDigests].includes(name);
  await until(line, { name, isThere, what: "has gone from containerd, but CRI still sees it" }, options);
}

interface Awaited {
  readonly name: string;
  readonly isThere: (image: Image | undefined) => boolean;
  readonly what: string;
}

async function until(line: Line, { name, isThere, what }: Awaited, { signal }: CallOptions): Promise<void> {
  const deadline = Date.now() + visibleWithinMs;
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 2, 250)) {
    const { image } = await line.image.imageStatus({ image: { image: name } }, { signal });
    if (isThere(image)) return;
    if (Date.now() > deadline) {
      throw new RuntimeFailedError(
        `${name} ${what} after ${visibleWithinMs / 1_000} s`,
        { status: "UNKNOWN", answer: image?.id ?? "" },
        { endpoint: line.endpoint, rpc: "ImageStatus", hint: "look at containerd's log" },
      );
    }
    await sleep(pauseMs); // without the signal: the next call says in our words that it has aborted
  }
}
