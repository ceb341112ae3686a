import { readFile } from "node:fs/promises";
import { HostError } from "../errors.ts";
import { run } from "../linux/run.ts";
import { thisPlatform } from "../oci/platform.ts";
import type { ImageSource } from "../oci/image-source.ts";
import { buildImages, type ImageFile, type ImagePlan } from "../oci/image-writer.ts";

/** A shell, httpd, nc, wget, ip and the rest of busybox's applets. */
export const busyboxImage = "localhost/crikit/busybox:lab";

/** What holds a pod sandbox: it does nothing, reaps what is orphaned to it, and ends at once when it is told to. */
export const pauseImage = "localhost/crikit/pause:lab";

/**
 * The images that a lab needs, made offline from this machine's static busybox: {@link busyboxImage} and
 * {@link pauseImage}.
 *
 * @param busybox path of a statically linked busybox
 * @throws {HostError} when it is not there
 */
export async function buildLabImages(busybox = "/bin/busybox"): Promise<ImageSource> {
  return buildImages([await busyboxPlan(busybox), await pausePlan(busybox)]);
}

/** Only the first of them: for runtimes that have a pause image of their own. @throws {HostError} */
export async function buildBusyboxImage(busybox = "/bin/busybox"): Promise<ImageSource> {
  return buildImages([await busyboxPlan(busybox)]);
}

const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

async function busyboxPlan(busybox: string): Promise<ImagePlan> {
  const applets = (await run(busybox, ["--list"])).stdout
    .split("\n")
    .filter((name) => name !== "" && name !== "busybox");
  return {
    name: busyboxImage,
    platform: thisPlatform(),
    files: [
      ...(await skeleton(busybox)),
      ...applets.map((name) => ({ path: `bin/${name}`, linkTo: "busybox" })),
      {
        path: "etc/passwd",
        content: Buffer.from("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
      },
      { path: "etc/group", content: Buffer.from("root:x:0:\nnogroup:x:65534:\n") },
      { path: "root", folder: true, mode: 0o700 },
      { path: "tmp", folder: true, mode: 0o1777 },
      { path: "var", folder: true },
    ],
    config: { Cmd: ["sh"], Env: [path] },
  };
}

/**
 * The shell waits for a `sleep` in the background: `wait` ends on a signal, so the trap runs at once, and a shell that
 * waits reaps whoever was orphaned to it as pid 1. It wakes up once in 24 days. Where the `sleep` is killed or cannot run
 * (the shell wants /dev/null for it), another second passes before the next, so that it never forks without end.
 */
const pauseScript = "trap 'exit 0' TERM INT; while :; do sleep 2147483 & wait $! || sleep 1; done";

async function pausePlan(busybox: string): Promise<ImagePlan> {
  return {
    name: pauseImage,
    platform: thisPlatform(),
    files: [
      ...(await skeleton(busybox)),
      { path: "bin/sh", linkTo: "busybox" },
      { path: "bin/sleep", linkTo: "busybox" },
    ],
    config: { Entrypoint: ["/bin/sh", "-c", pauseScript], Env: [path], StopSignal: "SIGTERM" },
  };
}

async function skeleton(busybox: string): Promise<readonly ImageFile[]> {
  const folders = ["bin", "dev", "etc", "proc", "sys"].map((name) => ({ path: name, folder: true }) as const);
  return [...folders, { path: "bin/busybox", mode: 0o755, content: await readProgram(busybox) }];
}

async function readProgram(busybox: string): Promise<Uint8Array> {
  try {
    return await readFile(busybox);
  } catch (error) {
    throw new HostError(`there is no static busybox at ${busybox}`, {
      cause: error,
      hint: "install it: apt-get install busybox-static",
    });
  }
}
