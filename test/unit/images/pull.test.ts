import type { handleUnaryCall } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { connect, type Connection } from "../../../src/cri/connect.ts";
import { CrikitError } from "../../../src/errors.ts";
import { pullImage } from "../../../src/images/pull.ts";
import type { CallRecord } from "../../../src/rpc/call.ts";
import { callTrace } from "../../../src/cli/views/call-trace.ts";
import { errorPage } from "../../../src/cli/views/error-page.ts";
import { FakeRuntime, SocketFolder } from "../rpc/fake-runtime.ts";

type Unary = handleUnaryCall<never, unknown>;

async function withPull(
  answer: Unary,
  use: (connection: Connection, fake: FakeRuntime) => Promise<void>,
  onCall?: (record: CallRecord) => void,
): Promise<void> {
  using folder = new SocketFolder();
  await using fake = await FakeRuntime.listen(folder.socket(), { pullImage: answer });
  await using connection = await connect(folder.socket(), { onCall });
  fake.calls.length = 0;
  await use(connection, fake);
}

const password = 'S3cret+"pass/word"?';
const auth = { username: "somebody", password };
const spellings = [
  password,
  encodeURIComponent(password),
  JSON.stringify(password).slice(1, -1),
  Buffer.from(`somebody:${password}`).toString("base64"),
  Buffer.from(`somebody:${password}`).toString("base64").replace(/=+$/u, ""),
  Buffer.from(password).toString("base64"),
];

test.each(spellings)(
  "a runtime that quotes the password as %s is not repeated, not even under --debug",
  async (quoted) => {
    const calls: CallRecord[] = [];
    const refuse: Unary = (_, done) => done({ code: 2, details: `login with ${quoted} at x: 401 Unauthorized` });
    await withPull(
      refuse,
      async (connection) => {
        const failure = await pullImage(connection, "x", { auth }).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(CrikitError);
        const told = [
          errorPage([failure], { debug: true }),
          ...calls.map(callTrace),
          JSON.stringify(failure),
          (failure as Error).stack,
          String((failure as Error).cause),
        ].join("\n");
        expect(told).toContain("login with [redacted] at x: 401 Unauthorized");
        expect(told).toContain("hint: the registry did not accept the credentials");
        expect(told).not.toContain(quoted);
      },
      (record) => calls.push(record),
    );
  },
);

test("a short password is only taken out where it stands alone, so that the rest can be read", async () => {
  const refuse: Unary = (_, done) => done({ code: 2, details: "no: a at registry.test" });
  await withPull(refuse, async (connection) => {
    await expect(pullImage(connection, "x", { auth: { username: "u", password: "a" } })).rejects.toMatchObject({
      message: expect.stringContaining("no: [redacted] at registry.test"),
    });
  });
});

test("a password in `auth` is found in it, and taken out too", async () => {
  const base64 = Buffer.from("somebody:S3cret:word").toString("base64");
  const refuse: Unary = (_, done) => done({ code: 2, details: `no: S3cret:word, ${base64}` });
  await withPull(refuse, async ({ image }) => {
    await expect(image.pullImage({ auth: { auth: base64 } })).rejects.toMatchObject({
      answer: "no: [redacted], [redacted]",
    });
  });
});

test("the runtime gets the image, the credentials, the annotations and the pod as they were given", async () => {
  let request: unknown;
  const take: Unary = (call, done) => {
    request = call.request;
    done(null, { imageRef: "sha256:1" });
  };
  await withPull(take, async (connection, { calls }) => {
    const pulled = await pullImage(connection, "team/app:1", {
      auth,
      annotations: { a: "b" },
      podSandboxConfig: { metadata: { name: "pod" } },
      onProgress: () => undefined,
    });
    expect(pulled).toEqual({ imageRef: "sha256:1" });
    expect(calls).toEqual(["PullImage"]);
    expect(request).toMatchObject({
      image: { image: "team/app:1", annotations: { a: "b" } },
      auth: { username: "somebody", password, auth: "" },
      sandboxConfig: { metadata: { name: "pod" } },
    });
  });
});

test.each([
  [5, 'failed to resolve reference "x": x: not found', /no image of that name and tag/u],
  [2, "pull access denied, repository does not exist or may require authorization", /wants credentials/u],
  [2, "unexpected status from HEAD request to https://x: 403 Forbidden", /wants credentials/u],
  [2, "dial tcp: lookup nope: no such host", /cannot reach the registry/u],
  [2, "http: server gave HTTP response to HTTPS client", /speaks plain HTTP/u],
  [2, "tls: failed to verify certificate: x509: certificate signed by unknown authority", /does not trust/u],
  [2, "failed to copy: httpReadSeeker: failed open: unexpected EOF", /the connection to the registry broke/u],
])("status %i '%s' comes with what to do", async (code, details, hint) => {
  await withPull(
    (_, done) => done({ code, details }),
    async (connection) => {
      await expect(pullImage(connection, "x")).rejects.toMatchObject({
        message: expect.stringContaining(details),
        hint: expect.stringMatching(hint),
        rpc: "PullImage",
      });
    },
  );
});
