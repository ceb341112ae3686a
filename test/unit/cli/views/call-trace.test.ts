import { expect, test } from "vitest";
import { callTrace } from "../../../../src/cli/views/call-trace.ts";
import { NotFoundError } from "../../../../src/errors.ts";

const call = { rpc: "PullImage", service: "runtime.v1.ImageService", endpoint: "unix:///x.sock", durationMs: 12.345 };

test("a call is its name, its time, what went and what came back", () => {
  expect(callTrace({ ...call, request: { image: "web", size: 5n }, response: { imageRef: "sha256:1" } })).toBe(
    'debug: PullImage on unix:///x.sock took 12.3 ms\n  > {"image":"web","size":"5"}\n  < {"imageRef":"sha256:1"}\n',
  );
});

test("a call that failed says why", () => {
  const trace = callTrace({ ...call, request: {}, error: new NotFoundError("no such image") });
  expect(trace.split("\n").slice(1)).toEqual(["  > {}", "  ! no such image", ""]);
});

test("a stream has no answer of its own", () => {
  expect(callTrace({ ...call, request: undefined })).toBe("debug: PullImage on unix:///x.sock took 12.3 ms\n");
});

test("no secret is shown, and nothing that a terminal obeys", () => {
  const auth = { username: "bob", password: "hunter2", identityToken: "t0ken" };
  const error = new NotFoundError("GET https://bob:hunter2@registry.test: \u001b[2J");
  const trace = callTrace({ ...call, request: { auth }, error });
  expect(trace).not.toMatch(/hunter2|t0ken/u);
  expect(trace).not.toContain("\u001b");
  expect(trace).toContain('"username":"bob"');
});

test("nor a secret of the configuration that a verbose answer holds as a text", () => {
  const secret = 'hunter"2\\ü';
  const config = JSON.stringify({ auth: { username: "bob", password: secret, identitytoken: "t0ken" }, next: "kept" });
  const trace = callTrace({ ...call, request: {}, response: { info: { config } } });
  expect(trace).not.toMatch(/hunter|2\\|t0ken/u);
  expect(trace).toContain(String.raw`\"username\":\"bob\"`);
  expect(trace).toContain(String.raw`\"next\":\"kept\"`);
});
