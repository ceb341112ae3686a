import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { Writable } from "node:stream";
import type { Connection } from "../../../src/cri/connect.ts";
import { busyboxImage } from "../../../src/images/lab-images.ts";
import { Lab } from "../../../src/lab/lab.ts";
import type { Scope } from "../../../src/lifetime.ts";
import type { Container } from "../../../src/sandbox/container.ts";
import { PodSandbox } from "../../../src/sandbox/pod-sandbox.ts";
import { exec, type ExecOptions, type ExecResult } from "../../../src/streaming/exec.ts";
import type { Transport } from "../../../src/streaming/session.ts";
import type { TestContainerd } from "../labs.ts";

/** One containerd with a pod to stream to, and one transport. */
export interface Stage {
  readonly containerd: TestContainerd;
  readonly transport: Transport;
  readonly lab: Lab;
  readonly line: Connection;
  readonly pod: PodSandbox;
  readonly box: Container;
  /** Runs a program over the transport and keeps what it writes. */
  readonly exec: (command: readonly string[], options?: Partial<ExecOptions>) => Promise<Ran>;
}

/** What a program wrote, and how it ended. */
export interface Ran extends ExecResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** What runs in the pod: on port 9001, an echo. */
const servers = "nc -ll -p 9001 -e cat & trap 'exit 0' TERM; sleep 6000 & wait";

/** Sets the stage; it is struck when `scope` ends. */
export async function setStage(
  containerd: TestContainerd,
  name: string,
  scope: Scope,
): Promise<(transport: Transport) => Stage> {
  const lab = await Lab.start({ name, containerd: containerd.path, ephemeral: true });
  scope.defer(() => lab.down());
  const line = scope.use(await lab.connect());
  const pod = scope.use(await PodSandbox.run(line, { name: "stage" }));
  const box = await pod.start({ name: "box", image: busyboxImage, command: ["sh", "-c", servers] });
  await servePort(pod, scope);
  return (transport) => ({
    containerd,
    transport,
    lab,
    line,
    pod,
    box,
    exec: (command, options = {}) => ran(line, box.id, { transport, ...options, command }),
  });
}

/** Port 9000: busybox's nc loses connections when fifty come at once. */
async function servePort(pod: PodSandbox, scope: Scope): Promise<void> {
  const { verbose } = await pod.details();
  const program = "test/runtime/streaming/port-server.mjs";
  const server = spawn("nsenter", [`--net=${verbose.netnsPath}`, process.execPath, program], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  scope.defer(async () => {
    server.stdin.end();
    await once(server, "exit");
  });
  await once(server.stdout, "data");
}

async function ran(line: Connection, containerId: string, options: ExecOptions): Promise<Ran> {
  const [stdout, stderr] = [keep(), keep()];
  const { detachKeys: _, ...rest } = options;
  const ended = await exec(line, containerId, { stdout: stdout.stream, stderr: stderr.stream, ...rest });
  return { ...ended, stdout: stdout.text(), stderr: stderr.text() };
}

/** A stream that keeps what is written to it. */
export function keep(): { readonly stream: Writable; readonly text: () => string; readonly bytes: () => Buffer } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const bytes = (): Buffer => Buffer.concat(chunks);
  return { stream, bytes, text: () => bytes().toString() };
}

/** So many bytes that look like nothing in particular, in pieces. */
export async function* bytesOf(totalBytes: number): AsyncGenerator<Uint8Array> {
  const block = Buffer.alloc(65_536);
  for (let at = 0; at < block.length; at += 32) createHash("sha256").update(String(at)).digest().copy(block, at);
  for (let left = totalBytes; left > 0; left -= block.length) yield block.subarray(0, left);
}

/** Their SHA-256. */
export async function hashOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of bytes) hash.update(chunk);
  return hash.digest("hex");
}
