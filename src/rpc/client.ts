import { callDuplex, callServerStream, callUnary, type Caller, type Method } from "./call.ts";
import type { CallOptions } from "./call-options.ts";
import type { DuplexCall, ResponseStream } from "./streams.ts";

/** A method as the generator describes it, and the part of its messages that a call needs. */
interface MethodDefinition {
  readonly name: string;
  readonly requestType: {
    encode(message: never): { finish(): Uint8Array };
    fromPartial(partial: never): unknown;
    toJSON(message: never): unknown;
  };
  readonly requestStream: boolean;
  readonly responseType: { decode(bytes: Uint8Array): unknown; toJSON(message: never): unknown };
  readonly responseStream: boolean;
}

/** A service as the generator describes it: ts-proto's `generic-definitions`. */
export interface ServiceDefinition {
  readonly fullName: string;
  readonly methods: Readonly<Record<string, MethodDefinition>>;
}

type Partial<Type> = Type extends { fromPartial(partial: infer Request): unknown } ? Request : never;
type Full<Type> = Type extends { decode(bytes: Uint8Array): infer Message } ? Message : never;

/** One method as a function. Fields that a request leaves out have their proto3 default. */
type Call<Definition> = Definition extends {
  requestStream: true;
  requestType: infer Request;
  responseType: infer Response;
}
  ? (options?: CallOptions) => DuplexCall<Partial<Request>, Full<Response>>
  : Definition extends { responseStream: true; requestType: infer Request; responseType: infer Response }
    ? (request: Partial<Request>, options?: CallOptions) => ResponseStream<Full<Response>>
    : Definition extends { requestType: infer Request; responseType: infer Response }
      ? (request: Partial<Request>, options?: CallOptions) => Promise<Full<Response>>
      : never;

/** A service as an object: every RPC a method of the same name in camelCase, options last. */
export type ServiceClient<Definition extends ServiceDefinition> = {
  readonly [Name in keyof Definition["methods"]]: Call<Definition["methods"][Name]>;
};

/**
 * The default deadline of each method in milliseconds, `Infinity` for none. A function where it depends on what is asked,
 * as StopContainer's does on its grace period.
 */
export type Deadlines<Definition extends ServiceDefinition> = {
  readonly [Name in keyof Definition["methods"]]:
    | number
    | ((request: RequestOf<Definition["methods"][Name]>) => number);
};

type RequestOf<Definition> = Definition extends { requestType: infer Request } ? Partial<Request> : never;

/** Makes the client of one service. Nothing is sent. */
export function createClient<Definition extends ServiceDefinition>(
  definition: Definition,
  caller: Caller,
  deadlines: NoInfer<Deadlines<Definition>>,
): ServiceClient<Definition> {
  const calls = Object.entries(definition.methods).map(([name, method]) => [
    name,
    callOf(caller, wireMethod(definition.fullName, method), { ...method, deadline: deadlines[name] }),
  ]);
  return Object.fromEntries(calls) as ServiceClient<Definition>;
}

function wireMethod(service: string, { name, requestType, responseType }: MethodDefinition): Method<never, unknown> {
  return {
    service,
    rpc: name,
    encode: (request) => requestType.encode(requestType.fromPartial(request) as never).finish(),
    decode: (bytes) => responseType.decode(bytes),
    requestJson: (request) => requestType.toJSON(requestType.fromPartial(request) as never),
    responseJson: (response) => responseType.toJSON(response as never),
  };
}

function callOf(
  caller: Caller,
  method: Method<never, unknown>,
  { requestStream, responseStream, deadline = Infinity }: Kind,
): unknown {
  const withDefault = (request: never, options: CallOptions = {}): CallOptions => ({
    signal: options.signal,
    timeoutMs:
      options.timeoutMs ??
      Math.max(caller.leastTimeoutMs ?? 0, typeof deadline === "number" ? deadline : deadline(request)),
  });
  if (requestStream) return (options?: CallOptions) => callDuplex(caller, method, withDefault({} as never, options));
  const call = responseStream ? callServerStream : callUnary;
  return (request: never, options?: CallOptions) => call(caller, method, request, withDefault(request, options));
}

interface Kind {
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly deadline?: number | ((request: never) => number) | undefined;
}
