import { expect, test } from "vitest";
import { callTrace } from "../../../../src/cli/views/call-trace.ts";
import { NotFoundError } from "../../../../src/errors.ts";

const call = { rpc: "PullImage", service: "runtime.v1.ImageService", endpoint: "unix:///x.sock", durationMs: 12.345 };

test("a call is its name, its time, what went and what came back", () => {
  expect(callTrace({ ...call, request: { image: "web", size: 5n }, response: { imageRef: "sha256:1" } })).toBe(
    'debug: PullImage on unix:///x.sock took 12.3 ms\n  > {"image":"web","size":"5"}\n  < {"imageRef":"sha256:1"}\n',
  );
});

test("a service that is not CRI's is named", () => {
  const trace = callTrace({ ...call, rpc: "List", service: "containerd.services.images.v1.Images", request: {} });
  expect(trace).toMatch(/^debug: Images\/List on /u);
});

test("messages are shown as protobuf's JSON has them, without what is empty", () => {
  const record = {
    ...call,
    request: { state: 1 },
    response: { reason: "" },
    toJson: () => ({ request: { state: "SANDBOX_NOTREADY" }, response: { reason: "", items: [], ready: false } }),
  };
  expect(callTrace(record).split("\n").slice(1)).toEqual([
    '  > {"state":"SANDBOX_NOTREADY"}',
    '  < {"ready":false}',
    "",
  ]);
});

test("bytes are the text that they are, or how many", () => {
  const response = { stdout: Buffer.from("hello\n"), stderr: Buffer.from([0, 1, 2]) };
  const toJson = () => ({ request: {}, response: { stdout: "aGVsbG8K", stderr: "AAEC" } });
  for (const record of [
    { ...call, request: {}, response },
    { ...call, request: {}, response, toJson },
  ]) {
    expect(callTrace(record).split("\n")[2]).toBe(String.raw`  < {"stdout":"hello\n","stderr":"<3 bytes>"}`);
  }
});

test("a message that is longer than a line is laid out, with as much on a line as fits", () => {
  const items = ["a", "b"].map((name) => ({ id: name.repeat(60), metadata: { name } }));
  expect(
    callTrace({ ...call, request: {}, response: { items } })
      .split("\n")
      .slice(2),
  ).toEqual([
    "  < {",
    '      "items": [',
    `        {"id":"${"a".repeat(60)}","metadata":{"name":"a"}},`,
    `        {"id":"${"b".repeat(60)}","metadata":{"name":"b"}}`,
    "      ]",
    "    }",
    "",
  ]);
});

test("ten thousand containers are no flood, and what is left out is said", () => {
  const containers = Array.from({ length: 10_000 }, (_, at) => ({
    id: `${at}`.padStart(64, "0"),
    image: "x".repeat(300),
  }));
  const trace = callTrace({ ...call, request: {}, response: { containers } });
  expect(trace.split("\n").length).toBeLessThan(50);
  expect(trace.length).toBeLessThan(10_000);
  expect(trace).toContain("… (100 more)");
  expect(callTrace({ ...call, request: {}, response: { ids: containers.map((_, at) => at) } })).toContain(
    "… 9988 more",
  );
  const keys = Object.fromEntries(containers.map(({ id }) => [id, "v"]));
  expect(callTrace({ ...call, request: {}, response: { info: { config: JSON.stringify(keys) } } })).toContain(
    "9988 more",
  );
});

test("JSON without a bottom is a text", () => {
  for (const text of ["[".repeat(100_000), "[".repeat(100_000) + "]".repeat(100_000)]) {
    expect(callTrace({ ...call, request: {}, response: { text } })).toMatch(/\[\[… \(\d+ more\)/u);
  }
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
  const auth = { username: "bob", password: secret, identitytoken: "t0ken" };
  const config = JSON.stringify({ auth, headers: { Authorization: ["Basic Ym9i"] }, next: "kept", limit: 0 });
  expect(callTrace({ ...call, request: { text: config.slice(0, -1) } })).toMatch(/"\[redacted\] \(\d+ characters\)"/u);
  for (const text of [config, JSON.stringify({ config })]) {
    const trace = callTrace({ ...call, request: {}, response: { info: { text } } });
    expect(trace).not.toMatch(/hunter|2\\|t0ken|Ym9i/u);
    expect(trace).toContain("bob");
    expect(trace).toContain("kept");
  }
});

test("nor the values of environment variables, wherever they are", () => {
  const envs = [{ key: "TOKEN", value: Buffer.from("hunter2") }];
  const info = JSON.stringify({
    config: { envs: [{ key: "TOKEN", value: "hunter2" }] },
    runtimeSpec: { process: { env: ["TOKEN=hunter2", "EMPTY="] } },
  });
  const trace = callTrace({ ...call, request: { config: { envs } }, response: { info: { info } } });
  expect(trace).not.toContain("hunter2");
  expect(trace).toContain('{"key":"TOKEN","value":"[redacted]"}');
  expect(trace).toContain('"TOKEN=[redacted]"');
  expect(trace).toContain('"EMPTY="');
});

test("nor the token that opens a stream", () => {
  const trace = callTrace({ ...call, request: {}, response: { url: "http://127.0.0.1:4/exec/Tok3n_-x" } });
  expect(trace).toContain("http://127.0.0.1:4/exec/[redacted]");
});

test("a secret is gone before a text is cut, so that no half of one is left", () => {
  for (let before = 150; before < 210; before++) {
    const text = `${"x".repeat(before)} https://bob:hunter2@registry.test/`;
    expect(callTrace({ ...call, request: { text } })).not.toMatch(/hunt/u);
  }
});

test("whole numbers of a runtime's own info keep their digits", () => {
  const info =
    '{"limit":9223372036854771712,"text":"a \\"1234567890123456789\\"","small":-5,"float":1.2345678901234567}';
  expect(callTrace({ ...call, request: {}, response: { info: { info } } })).toContain(
    String.raw`{"limit":"9223372036854771712","text":"a \"1234567890123456789\"","small":-5,"float":1.2345678901234567}`,
  );
});
