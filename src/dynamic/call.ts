import { parse } from "lossless-json";
import { UsageError } from "../errors.ts";
import { type Caller, callServerStream, callUnary, type Method } from "../rpc/call.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { fromProtoJson, toProtoJson } from "./protojson.ts";
import { type DynamicMethod, findMethod, type Schema } from "./schema.ts";

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
  { method: name, request = "{}", ...options }: DynamicCall & CallOptions,
): Promise<DynamicAnswer> {
  const found = findMethod(schema, name);
  const { requestStream, responseStream, resolvedRequestType } = found.method;
  if (requestStream === true) {
    throw new UsageError(
      `${found.service}/${found.rpc} takes a stream of requests, which cannot be written as one JSON`,
    );
  }
  const json = parseRequest(request);
  const message = resolvedRequestType === null ? {} : fromProtoJson(resolvedRequestType, json);
  const wire = wireMethod(found);
  if (responseStream !== true) return { kind: "one", answer: await callUnary(caller, wire, message, options) };
  return { kind: "many", answers: callServerStream(caller, wire, message, options) };
}

function wireMethod({ service, rpc, method, definition }: DynamicMethod): Method<object, unknown> {
  const { resolvedResponseType: type } = method;
  return {
    service,
    rpc,
    encode: definition.requestSerialize,
    decode: (bytes) => {
      const message = definition.responseDeserialize(Buffer.from(bytes)) as Record<string, unknown>;
      return type === null ? message : toProtoJson(type, message);
    },
  };
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
