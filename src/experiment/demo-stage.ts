import { randomUUID } from "node:crypto";
import { connect, type Connection, type ConnectOptions } from "../cri/connect.ts";
import { UnimplementedError, UnmeasuredError } from "../errors.ts";
import { buildBusyboxImage, busyboxImage } from "../images/lab-images.ts";
import { loadImages } from "../images/load.ts";
import { Lab } from "../lab/lab.ts";
import type { Scope } from "../lifetime.ts";
import type { CallOptions } from "../rpc/call-options.ts";

/** Where the demo plays. */
export interface DemoStageOptions extends Pick<ConnectOptions, "signal" | "onCall" | "env"> {
  /** The runtime to use; a lab is brought up for it when absent. */
  readonly endpoint?: string | undefined;
  /** An image with busybox that the runtime has. Made and loaded when absent. */
  readonly image?: string | undefined;
  /** Leaves the lab, or the image, behind. */
  readonly keep?: boolean | undefined;
  /** Adds the handlers that break what a pod promises to the lab. */
  readonly saboteurs?: boolean | undefined;
  /** Told what is being done. */
  readonly onStep?: ((step: string) => void) | undefined;
}

/** A connection, and an image to run on it. */
export interface DemoStage {
  readonly connection: Connection;
  readonly image: string;
  /** The lab it plays in, when it brought one up. */
  readonly lab: Lab | undefined;
}

/**
 * Finds a place for the demo: the runtime that was named, or else a lab. What it made is undone with `scope`.
 *
 * @throws {UnmeasuredError} when the runtime has no busybox and cannot be given one
 */
export async function demoStage(options: DemoStageOptions, scope: Scope): Promise<DemoStage> {
  const { endpoint, signal, onCall, env } = options;
  if (endpoint === undefined) return inLab(options, scope);
  const connection = scope.use(await connect(endpoint, { signal, onCall, env }));
  return { connection, image: options.image ?? (await someBusybox(connection, options, scope)), lab: undefined };
}

async function inLab(
  { keep, saboteurs, signal, onCall, onStep, image }: DemoStageOptions,
  scope: Scope,
): Promise<DemoStage> {
  // A name of its own, so that it never takes down a lab that somebody has up.
  const place = keep === true ? { name: "demo" } : { name: `demo-${randomUUID().slice(0, 8)}`, ephemeral: true };
  const lab = await Lab.start({ ...place, saboteurs, signal, onStep });
  if (keep !== true) {
    scope.defer(async () => {
      onStep?.("taking the lab down");
      await lab.down();
    });
  }
  return { connection: scope.use(await lab.connect({ signal, onCall })), image: image ?? busyboxImage, lab };
}

/** busybox under crikit's own name, made here and loaded when it is not there. */
async function someBusybox(connection: Connection, options: DemoStageOptions, scope: Scope): Promise<string> {
  const { signal, keep, onStep } = options;
  if (await isThere(connection, busyboxImage, { signal })) return busyboxImage;
  try {
    onStep?.(`loading ${busyboxImage}`);
    await loadImages(connection, await buildBusyboxImage(), { signal });
    if (keep !== true) scope.defer(() => connection.image.removeImage({ image: { image: busyboxImage } }));
    return busyboxImage;
  } catch (error) {
    if (!(error instanceof UnimplementedError)) throw error;
    if (await isThere(connection, pullable, { signal })) return pullable;
    throw new UnmeasuredError(
      `the runtime on ${connection.endpoint} has no image with busybox, and CRI cannot load one`,
      {
        cause: error,
        endpoint: connection.endpoint,
        hint: `pull one, crikit rpc PullImage '{"image":{"image":"${pullable}"}}', or name one with --image`,
      },
    );
  }
}

/** What most registries know busybox by. */
const pullable = "docker.io/library/busybox:latest";

async function isThere(connection: Connection, image: string, options: CallOptions): Promise<boolean> {
  return (await connection.image.imageStatus({ image: { image } }, options)).image !== undefined;
}
