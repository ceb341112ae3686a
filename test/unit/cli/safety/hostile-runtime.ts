import protobuf from "protobufjs";
import { ImageServiceDefinition, RuntimeServiceDefinition } from "../../../../src/gen/runtime/v1/api.ts";
import { loadSchema } from "../../../../src/dynamic/schema.ts";
import { FakeRuntime } from "../../rpc/fake-runtime.ts";

/** What a terminal would obey, a line break that forges a line of its own, wide letters, and more than a line is long. */
export const hostile = `a\u001b[31m\u001b]0;title\u0007\u009b2J\u202Eevil\r\nFORGED\tb\u2028日本語\u0000\u007f${"x".repeat(300)}`;

/** A runtime that answers every RPC of CRI with messages whose every text is hostile. The streamed lists it does not have. */
export function hostileRuntime(path: string): Promise<FakeRuntime> {
  const { methods } = loadSchema();
  const handlers: Record<string, unknown> = {};
  for (const { methods: defined, fullName } of [RuntimeServiceDefinition, ImageServiceDefinition]) {
    for (const [name, definition] of Object.entries(defined)) {
      const method = methods.get(`${fullName}/${definition.name}`);
      if (method === undefined || name.startsWith("stream")) continue;
      const bytes = method.response.encode(method.response.fromObject(messageOf(method.response))).finish();
      const answer: unknown = definition.responseType.decode(bytes);
      handlers[name] = definition.responseStream
        ? (call: { write(message: unknown): void; end(): void }) => {
            call.write(answer);
            call.end();
          }
        : (_: never, done: (error: null, message: unknown) => void) => done(null, answer);
    }
  }
  return FakeRuntime.listen(path, handlers as Parameters<typeof FakeRuntime.listen>[1]);
}

function messageOf(type: protobuf.Type, depth = 0): Record<string, unknown> {
  const fields = type.fieldsArray.map((field) => field.resolve());
  const known = depth > 8 ? fields.filter(({ resolvedType }) => !(resolvedType instanceof protobuf.Type)) : fields;
  return Object.fromEntries(known.map((field) => [field.name, valueOf(field, depth)]));
}

function valueOf(field: protobuf.Field, depth: number): unknown {
  if (field.name === "info") return { info: JSON.stringify(info), golang: hostile, [hostile]: hostile };
  if (field instanceof protobuf.MapField) return { [hostile]: one(field, depth), "io.kubernetes.pod.name": hostile };
  return field.repeated ? [one(field, depth), one(field, depth)] : one(field, depth);
}

const info = {
  pid: 1,
  sandboxID: hostile,
  [hostile]: [hostile],
  runtimeSpec: { linux: { namespaces: [{ type: "network", path: hostile }] } },
  imageSpec: { history: [{ created: hostile, created_by: hostile, comment: hostile }], config: { Env: [hostile] } },
};

function one(field: protobuf.Field, depth: number): unknown {
  const { resolvedType, type } = field;
  if (resolvedType instanceof protobuf.Type) return messageOf(resolvedType, depth + 1);
  if (resolvedType instanceof protobuf.Enum) return Object.values(resolvedType.values).at(1) ?? 0;
  if (field.name === "runtime_api_version") return "v1";
  if (type === "string") return hostile;
  if (type === "bytes") return Buffer.from(hostile);
  if (type === "bool") return true;
  return type.endsWith("64") && /_at$|timestamp/u.test(field.name) ? "1700000000000000000" : 7;
}
