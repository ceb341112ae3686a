import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Lab } from "../../src/lab/lab.ts";
import { labPaths } from "../../src/lab/lab-paths.ts";
import { type Descriptor, describe, mediaTypes } from "../../src/oci/descriptor.ts";
import { tarOf } from "../../src/oci/image-writer.ts";
import { thisPlatform } from "../../src/oci/platform.ts";

/** Who may pull where a registry asks. The password has what breaks careless quoting, and the registry its bcrypt hash. */
export const user = { name: "somebody", password: "S3cret:pass/word" };
const htpasswd = `${user.name}:$2b$04$oy/wC41EgCBkB/Hf3nexcuzKaKR8wWN55O1B5XKixCYEhBq7G1UDq\n`;

/** An image to push: its blobs, the manifest last. */
export interface TestImage {
  readonly manifest: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly id: string;
  readonly blobs: ReadonlyMap<string, Buffer>;
}

/** An image with a layer of random bytes for each size, none of them like that of any other image. */
export async function makeImage({
  layerBytes = [1_000],
  created = "2024-05-06T07:08:09Z",
}: { readonly layerBytes?: readonly number[]; readonly created?: string } = {}): Promise<TestImage> {
  const blobs = new Map<string, Buffer>();
  const add = (mediaType: string, bytes: Buffer): Descriptor => {
    const descriptor = describe(mediaType, bytes);
    blobs.set(descriptor.digest, bytes);
    return descriptor;
  };
  const json = (value: object): Buffer => Buffer.from(JSON.stringify(value));
  const layers = await Promise.all(
    layerBytes.map(async (size, at) => {
      const tar = await tarOf([{ path: `file-${at}`, content: randomBytes(size) }]);
      return add(mediaTypes.ociLayer, Buffer.from(tar));
    }),
  );
  const { os, architecture } = thisPlatform();
  const config = add(
    mediaTypes.ociConfig,
    json({
      os,
      architecture,
      created,
      config: { Env: ["PATH=/bin"], Labels: { made: "by a test" } },
      rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
      history: [
        ...layers.map((_, at) => ({ created, created_by: `ADD file-${at} /` })),
        { created, created_by: "ENV PATH=/bin", empty_layer: true, comment: "a test" },
      ],
    }),
  );
  const manifest = add(
    mediaTypes.ociManifest,
    json({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers }),
  );
  return { manifest, layers, id: config.digest, blobs };
}

/** Debian's docker-registry on a port of loopback, everything in its memory. */
export class Registry implements AsyncDisposable {
  /** Such as `127.0.0.1:40123`. */
  readonly host: string;
  readonly #process: ChildProcess;
  readonly #folder: string;
  readonly #authorization: string | undefined;

  private constructor(host: string, child: ChildProcess, folder: string, withPassword: boolean) {
    this.host = host;
    this.#process = child;
    this.#folder = folder;
    const pair = Buffer.from(`${user.name}:${user.password}`).toString("base64");
    this.#authorization = withPassword ? `Basic ${pair}` : undefined;
  }

  static async start({ withPassword = false } = {}): Promise<Registry> {
    const folder = mkdtempSync(join(tmpdir(), "crikit-registry-"));
    writeFileSync(join(folder, "htpasswd"), htpasswd);
    const auth = { htpasswd: { realm: "a test", path: join(folder, "htpasswd") } };
    // JSON is YAML.
    const config = {
      version: "0.1",
      log: { level: "info", formatter: "json" },
      storage: { inmemory: {}, delete: { enabled: true } },
      http: { addr: "127.0.0.1:0" },
      ...(withPassword ? { auth } : {}),
    };
    writeFileSync(join(folder, "config.yml"), JSON.stringify(config));
    // It goes with this process, also when that is killed.
    const words = ["--pdeathsig", "KILL", "docker-registry", "serve", join(folder, "config.yml")];
    const child = spawn("setpriv", words, {
      stdio: ["ignore", "ignore", "pipe"],
      env: { PATH: process.env["PATH"], OTEL_TRACES_EXPORTER: "none" },
    });
    const said: string[] = [];
    const host = await new Promise<string>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", () => {
        reject(new Error(`docker-registry ended, or is not here (hack/setup installs it): ${said.join("\n")}`));
      });
      // Read to its end, or the registry would block when the pipe is full.
      createInterface(child.stderr).on("line", (line) => {
        said.push(line);
        const listening = /listening on (127\.0\.0\.1:\d+)/u.exec(line)?.[1];
        if (listening !== undefined) resolve(listening);
      });
    });
    child.removeAllListeners("exit");
    return new Registry(host, child, folder, withPassword);
  }

  /** Gives the registry an image, as `docker push` does. @see OCI distribution-spec, "Push" */
  async push(image: TestImage, repository: string, tag: string): Promise<void> {
    for (const [digest, bytes] of image.blobs) {
      if (digest === image.manifest.digest) continue;
      const begun = await this.#request("POST", `/v2/${repository}/blobs/uploads/`);
      const place = new URL(begun.headers.get("location") ?? "", `http://${this.host}`);
      place.searchParams.set("digest", digest);
      await this.#request("PUT", `${place.pathname}${place.search}`, bytes, "application/octet-stream");
    }
    const bytes = image.blobs.get(image.manifest.digest);
    await this.#request("PUT", `/v2/${repository}/manifests/${tag}`, bytes, image.manifest.mediaType);
  }

  async #request(method: string, path: string, body?: Buffer, type?: string): Promise<Response> {
    const headers = {
      ...(this.#authorization === undefined ? {} : { authorization: this.#authorization }),
      ...(type === undefined ? {} : { "content-type": type }),
    };
    const answer = await fetch(`http://${this.host}${path}`, { method, headers, body: body ?? null });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGTERM");
    await gone;
    rmSync(this.#folder, { recursive: true });
  }
}

/** What a proxy does with a blob that is asked for. */
export interface Fault {
  /** Lets so many bytes through, then breaks every connection and takes no more. */
  readonly dieAfterBytes?: number;
  /** Lets so many bytes through, then waits for `release`. */
  readonly holdAfterBytes?: number;
}

/** Stands before a registry on a port of its own, and makes it fail where a test wants it. */
export class FaultyProxy implements AsyncDisposable {
  /** By digest. */
  readonly faults = new Map<string, Fault>();
  /** What was asked for, such as `GET /v2/team/app/manifests/1`. */
  readonly requests: string[] = [];
  readonly host: string;
  readonly #server: Server;
  readonly #held = new Set<() => void>();
  readonly #waiting = new Set<() => void>();

  private constructor(server: Server, upstream: string) {
    this.#server = server;
    this.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (incoming: IncomingMessage, outgoing: ServerResponse) =>
      this.#forward(incoming, outgoing, upstream),
    );
  }

  static async before(registry: Registry): Promise<FaultyProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new FaultyProxy(server, registry.host);
  }

  /** Lets everything that is held go on. */
  release(): void {
    for (const go of this.#held) go();
    this.#held.clear();
  }

  /** Settles when a blob is being held. */
  async holding(): Promise<void> {
    if (this.#held.size > 0) return;
    await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse, upstream: string): void {
    this.requests.push(`${incoming.method ?? ""} ${incoming.url ?? ""}`);
    const [hostname, port] = upstream.split(":");
    const asked = request({
      hostname,
      port,
      method: incoming.method,
      path: incoming.url,
      headers: { ...incoming.headers, host: upstream },
    });
    asked.on("error", () => outgoing.destroy());
    incoming.pipe(asked);
    asked.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      const fault = incoming.method === "GET" ? this.faults.get(incoming.url?.split("/").at(-1) ?? "") : undefined;
      void this.#pass(answer, outgoing, fault ?? {}).catch(() => outgoing.destroy());
    });
  }

  async #pass(answer: IncomingMessage, outgoing: ServerResponse, fault: Fault): Promise<void> {
    const limit = fault.dieAfterBytes ?? fault.holdAfterBytes ?? Infinity;
    let passed = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      const head = chunk.subarray(0, Math.max(0, limit - passed));
      passed += head.length;
      outgoing.write(head);
      if (head.length === chunk.length) continue;
      if (fault.dieAfterBytes !== undefined) {
        this.#server.close();
        this.#server.closeAllConnections();
        return;
      }
      if (passed === limit && head.length > 0) await this.#hold(outgoing);
      outgoing.write(chunk.subarray(head.length));
    }
    outgoing.end();
  }

  #hold(outgoing: ServerResponse): Promise<void> {
    return new Promise((resolve) => {
      this.#held.add(resolve);
      outgoing.once("close", resolve); // who waited has gone
      for (const tell of this.#waiting) tell();
      this.#waiting.clear();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Tells a lab's containerd that a registry on loopback speaks plain HTTP. It reads that at each pull. */
export function openTo(lab: Lab, { host }: { readonly host: string }): void {
  const folder = join(labPaths(lab.dir).registries, host);
  mkdirSync(folder, { recursive: true });
  const server = `http://${host}`;
  writeFileSync(
    join(folder, "hosts.toml"),
    `server = "${server}"\n\n[host."${server}"]\ncapabilities = ["pull", "resolve"]\n`,
  );
}

/** `sha256:…` of a text, for digests that no registry has. */
export function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
