import { fromJSON, type MethodDefinition, type PackageDefinition, type ServiceDefinition } from "@grpc/proto-loader";
import { parse } from "lossless-json";
import { UsageError } from "../errors.ts";
import { type Caller, callServerStream, callUnary, type Method } from "../rpc/call.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { fromProtoJson } from "./from-proto-json.ts";
import { type DynamicMethod, findMethod, type Schema } from "./schema.ts";
import { plain, toProtoJson } from "./to-proto-json.ts";

/** What a call by name gives: one answer, or answers as they come. */
export type DynamicAnswer =
  | { readonly kind: "one"; readonly answer: unknown }
  | { readonly kind: "many"; readonly answers: AsyncIterable<unknown> };

/** A call by name. */
export interface DynamicCall {
  /** `SERVICE/METHOD`, or as much of it as is unmistakable. */
  readonly method: string;
  /** The request as JSON text; an empty message when absent. */
  readonly request?: string | undefined;
  /** containerd's namespace, for its own services; CRI has none. */
  readonly namespace?: string | undefined;
}

/**
 * Calls any unary or server-streaming method of a schema, JSON in and JSON out.
 *
 * @throws {UsageError} when the request does not fit the method; nothing was sent then
 * @throws {NotFoundError} when there is no such method
 */
export async function callByName(
  caller: Caller,
  schema: Schema,
  { method: name, request = "{}", namespace, ...options }: DynamicCall & CallOptions,
): Promise<DynamicAnswer> {
  const found = findMethod(schema, name);
  if (found.requestStream) {
    throw new UsageError(
      `${found.service}/${found.rpc} takes a stream of requests, which cannot be written as one JSON`,
    );
  }
  const json = parseRequest(request);
  const wire = wireMethod(schema, found, fromProtoJson(found.request, json));
  const headers = found.service.startsWith("containerd.") && namespace !== undefined;
  const line = headers ? { ...caller, headers: { ...caller.headers, "containerd-namespace": namespace } } : caller;
  if (!found.responseStream) return { kind: "one", answer: await callUnary(line, wire, json, options) };
  return { kind: "many", answers: callServerStream(line, wire, json, options) };
}

/** The request is encoded here and now: what is wrong with it is told before anything is sent. */
function wireMethod(
  schema: Schema,
  { service, rpc, response }: DynamicMethod,
  request: Record<string, unknown>,
): Method<unknown, unknown> {
  const { requestSerialize, responseDeserialize } = definitionOf(schema, service, rpc);
  const bytes = requestSerialize(request);
  return {
    service,
    rpc,
    encode: () => bytes,
    decode: (answer) => toProtoJson(response, responseDeserialize(Buffer.from(answer)) as Record<string, unknown>),
  };
}

const definitions = new WeakMap<Schema, PackageDefinition>();

/** Made on the first call: it takes as long as reading the protos, and lists and descriptions do without. */
function definitionOf(schema: Schema, service: string, rpc: string): MethodDefinition<object, object> {
  const definition = definitions.get(schema) ?? fromJSON(schema.root.toJSON(), plain);
  definitions.set(schema, definition);
  return (definition[service] as ServiceDefinition)[rpc] as MethodDefinition<object, object>; // the same protos have it
}

/** Numbers beyond 2^53 stay what they are. */
function parseRequest(text: string): unknown {
  try {
    return parse(text, undefined, {
      parseNumber: (digits) => (/^-?\d{16,}$/u.test(digits) ? BigInt(digits) : Number(digits)),
    });
  } catch (error) {
    throw new UsageError(`the request is not JSON: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
