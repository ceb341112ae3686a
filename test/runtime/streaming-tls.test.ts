import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { once } from "node:events";
import { type AddressInfo, connect as connectTo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Line } from "../../src/cri/connect.ts";
import { Scope } from "../../src/lifetime.ts";
import { run } from "../../src/linux/run.ts";
import { exec, type ExecOptions } from "../../src/streaming/exec.ts";
import { containerd } from "./labs.ts";
import { keep, setStage, type Stage } from "./streaming/stage.ts";

const scope = new Scope();
let stage: Stage;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "crikit-tls-"));
  scope.defer(async () => rmSync(folder, { recursive: true }));
  stage = (await setStage(containerd, `streaming-tls-${process.pid}`, scope))("spdy");
  for (const name of ["server", "client", "stranger"]) {
    const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:node-1"];
    const files = ["-keyout", `${folder}/${name}.key`, "-out", `${folder}/${name}.crt`];
    const how = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"];
    const { exitCode, stderr } = await run("openssl", [...how, ...subject, ...files]);
    expect(exitCode, stderr).toBe(0);
  }
});
afterAll(() => scope[Symbol.asyncDispose]());

const pem = (name: string): string => readFileSync(join(folder, name), "utf8");

/** The same line, with TLS in front of its streaming server, as containerd's `enable_tls_streaming` has it. */
async function overTls(inner: Line, own: Scope, asksForClient = false): Promise<Line> {
  let port = 0;
  const server: Server = createServer(
    {
      key: pem("server.key"),
      cert: pem("server.crt"),
      requestCert: asksForClient,
      rejectUnauthorized: asksForClient,
      ca: pem("client.crt"),
    },
    (socket) => {
      const plain = connectTo(port, "127.0.0.1");
      socket.on("error", () => plain.destroy());
      plain.on("error", () => socket.destroy());
      socket.pipe(plain).pipe(socket);
    },
  );
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  own.defer(async () => void server.close());
  const local = (server.address() as AddressInfo).port;
  const runtime: Line["runtime"] = {
    ...inner.runtime,
    async exec(request, options) {
      const { url } = await inner.runtime.exec(request, options);
      const place = new URL(url);
      port = Number(place.port);
      place.protocol = "https:";
      place.port = String(local);
      return { url: place.href };
    },
  };
  return { ...inner, runtime };
}

describe.each(["spdy", "websocket"] as const)("a streaming server with TLS, over %s", (transport) => {
  async function echo(options: Partial<ExecOptions>, asksForClient = false): Promise<string> {
    await using own = new Scope();
    const line = await overTls(stage.line, own, asksForClient);
    const stdout = keep();
    await exec(line, stage.box.id, { command: ["echo", "over tls"], transport, stdout: stdout.stream, ...options });
    return stdout.text();
  }

  test("is believed when its certificate is one of a known authority's and bears the right name", async () => {
    expect(await echo({ ca: pem("server.crt"), serverName: "node-1" })).toBe("over tls\n");
  });

  test("is not believed otherwise, and that is the default", async () => {
    for (const options of [
      {},
      { serverName: "node-1" },
      { ca: pem("stranger.crt"), serverName: "node-1" },
      { ca: pem("server.crt") },
      { ca: pem("server.crt"), serverName: "node-2" },
    ]) {
      const told = echo(options);
      await expect(told, JSON.stringify(Object.keys(options))).rejects.toMatchObject({
        code: "untrusted",
        hint: expect.stringContaining("--tls-ca"),
      });
    }
  });

  test("is talked to all the same when the user says that word", async () => {
    expect(await echo({ insecureSkipVerify: true })).toBe("over tls\n");
  });

  test("is shown our certificate when it asks for one", async () => {
    const trust = { ca: pem("server.crt"), serverName: "node-1" };
    expect(await echo({ ...trust, cert: pem("client.crt"), key: pem("client.key") }, true)).toBe("over tls\n");
    await expect(echo(trust, true)).rejects.toMatchObject({
      code: expect.stringMatching(/untrusted|connection-lost/u),
    });
    await expect(echo({ ...trust, cert: pem("stranger.crt"), key: pem("stranger.key") }, true)).rejects.toMatchObject({
      code: expect.stringMatching(/untrusted|connection-lost/u),
    });
  });
});
