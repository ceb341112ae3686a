import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fromJSON, type MethodDefinition, type PackageDefinition } from "@grpc/proto-loader";
import protobuf from "protobufjs";
import { NotFoundError, UsageError } from "../errors.ts";
import { nearest } from "../near.ts";

/** Services and messages that were read from .proto files just now. */
export interface Schema {
  readonly root: protobuf.Root;
  readonly definition: PackageDefinition;
  /** Every method of every service, in the order of the files. */
  readonly methods: readonly DynamicMethod[];
}

/** One method that can be called by its name. */
export interface DynamicMethod {
  /** Such as `runtime.v1.RuntimeService`. */
  readonly service: string;
  /** Such as `RunPodSandbox`. */
  readonly rpc: string;
  /** What the proto says of it. */
  readonly method: protobuf.Method;
  /** How its messages become bytes. */
  readonly definition: MethodDefinition<object, object>;
}

/** crikit's own .proto files: the package carries them. */
const shippedRoot = fileURLToPath(new URL("../../proto", import.meta.url));

const shippedFiles = [
  "runtime/v1/api.proto",
  ...["containers", "content", "events", "images", "introspection", "leases", "snapshots", "tasks", "version"].map(
    (name) => `containerd/services/${name}/v1/${name}.proto`,
  ),
  "containerd/services/namespaces/v1/namespace.proto",
];

/**
 * Reads protos: those that crikit ships, or others.
 *
 * @param files paths of .proto files; their imports are looked for beside them, in the working folder, and among crikit's
 * @throws {UsageError} when one is not there or is not a proto
 */
export function loadSchema(files: readonly string[] = []): Schema {
  const root = new protobuf.Root();
  const own = files.map((file) => resolve(file));
  root.resolvePath = (origin, target) => {
    const folders = [...(origin === "" ? [] : [resolve(origin, "..")]), resolve("."), shippedRoot];
    const found = folders.map((folder) => resolve(folder, target)).find((path) => existsSync(path));
    return found ?? target; // protobufjs has Google's own by name
  };
  try {
    root.loadSync([...(own.length === 0 ? shippedFiles : own)], { keepCase: false, alternateCommentMode: true });
    root.resolveAll();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot read the protos: ${why}`, { cause: error });
  }
  const definition = fromJSON(root.toJSON(), {
    longs: String,
    enums: String,
    bytes: String,
    defaults: true,
    arrays: true,
    objects: true,
  });
  return { root, definition, methods: methodsOf(root, definition) };
}

function methodsOf(root: protobuf.Root, definition: PackageDefinition): readonly DynamicMethod[] {
  return Object.entries(definition).flatMap(([service, entry]) => {
    if ("format" in entry) return []; // a message or an enum
    const { methods } = root.lookupService(service);
    return Object.entries(entry).flatMap(([rpc, of]) => {
      const method = methods[rpc];
      return method === undefined ? [] : [{ service, rpc, method, definition: of }];
    });
  });
}

/**
 * Finds a method by `SERVICE/METHOD` or `SERVICE.METHOD`, the service with or without its package, or by the method's name
 * alone where only one service has it.
 *
 * @throws {NotFoundError} naming the near one
 * @throws {UsageError} when several are meant
 */
export function findMethod({ methods }: Schema, name: string): DynamicMethod {
  const wanted = name.replace(/^\//u, "").replace("/", ".");
  const found = methods.filter(({ service, rpc }) => `.${service}.${rpc}`.endsWith(`.${wanted}`));
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  if (only !== undefined) {
    const names = found.map(({ service, rpc }) => `${service}/${rpc}`);
    throw new UsageError(`'${name}' may be ${names.join(" or ")}`, { hint: "say which, with its service" });
  }
  const short = wanted.split(".").at(-1) ?? wanted;
  const near = nearest(short, new Set(methods.map(({ rpc }) => rpc)));
  throw new NotFoundError(`there is no method '${name}'`, {
    hint:
      near === undefined
        ? "crikit rpc --list shows them all"
        : `did you mean ${near}? crikit rpc --list shows them all`,
  });
}
