import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import { UsageError } from "../errors.ts";
import { findByName } from "./by-name.ts";

/** Services and messages that were read from .proto files just now. */
export interface Schema {
  readonly root: protobuf.Root;
  /** Every method of every service, in the order of the files, by its whole name: `runtime.v1.RuntimeService/Version`. */
  readonly methods: ReadonlyMap<string, DynamicMethod>;
}

/** One method that can be called by its name. */
export interface DynamicMethod {
  /** Such as `runtime.v1.RuntimeService`. */
  readonly service: string;
  /** Such as `RunPodSandbox`. */
  readonly rpc: string;
  readonly request: protobuf.Type;
  readonly requestStream: boolean;
  readonly response: protobuf.Type;
  readonly responseStream: boolean;
  readonly comment: string;
}

/** crikit's own .proto files: the package carries them. */
const shippedRoot = fileURLToPath(new URL("../../proto", import.meta.url));

/**
 * Reads protos: those that crikit ships, or others.
 *
 * @param files paths of .proto files; their imports are looked for beside them, in the working folder, and among crikit's
 * @throws {UsageError} when one is not there or is not a proto
 */
export function loadSchema(files: readonly string[] = []): Schema {
  const root = new protobuf.Root();
  root.resolvePath = (origin, target) => {
    const folders = [...(origin === "" ? [] : [resolve(origin, "..")]), resolve("."), shippedRoot];
    const found = folders.map((folder) => resolve(folder, target)).find((path) => existsSync(path));
    return found ?? target; // protobufjs has Google's own by name
  };
  try {
    const own = files.map((file) => resolve(file));
    root.loadSync(own.length === 0 ? shippedFiles() : own, { keepCase: true, alternateCommentMode: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`cannot read the protos: ${why}`, { cause: error });
  }
  return { root, methods: new Map(methodsIn(root)) };
}

/** CRI's first. */
function shippedFiles(): string[] {
  return ["runtime", "containerd"].flatMap((folder) =>
    readdirSync(join(shippedRoot, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".proto"))
      .toSorted()
      .map((path) => join(shippedRoot, folder, path)),
  );
}

function* methodsIn(scope: protobuf.NamespaceBase): Generator<[name: string, method: DynamicMethod]> {
  for (const object of scope.nestedArray) {
    if (object instanceof protobuf.Service) {
      const service = object.fullName.slice(1);
      for (const method of object.methodsArray) yield [`${service}/${method.name}`, methodOf(service, method)];
    } else if (object instanceof protobuf.Namespace) yield* methodsIn(object);
  }
}

function methodOf(service: string, method: protobuf.Method): DynamicMethod {
  return {
    service,
    rpc: method.name,
    request: method.resolvedRequestType ?? method.root.lookupType(method.requestType),
    requestStream: method.requestStream === true,
    response: method.resolvedResponseType ?? method.root.lookupType(method.responseType),
    responseStream: method.responseStream === true,
    comment: method.comment ?? "",
  };
}

/**
 * Finds a method by `SERVICE/METHOD` or `SERVICE.METHOD`, the service with or without its package, or by the method's name
 * alone where only one service has it.
 *
 * @throws {NotFoundError} naming the near one
 * @throws {UsageError} when several are meant
 */
export function findMethod({ methods }: Schema, name: string): DynamicMethod {
  return findByName(methods, name, "method");
}
