import { ImageServiceDefinition, RuntimeServiceDefinition } from "../gen/runtime/v1/api.ts";
import type { Caller } from "../rpc/call.ts";
import { createClient, type ServiceClient } from "../rpc/client.ts";
import { imageDeadlines, runtimeDeadlines } from "./deadlines.ts";
import { requireFields } from "./required-fields.ts";
import { streamWhenLarge } from "./stream-when-large.ts";

/**
 * CRI v1's RuntimeService: every RPC a method of the same name in camelCase. The five list methods use the streamed form
 * of their RPC for a list that is larger than one answer may be, where the runtime has it.
 *
 * @see CRI runtime.v1.RuntimeService
 */
export type RuntimeService = ServiceClient<typeof RuntimeServiceDefinition>;

/**
 * CRI v1's ImageService: every RPC a method of the same name in camelCase.
 *
 * @see CRI runtime.v1.ImageService
 */
export type ImageService = ServiceClient<typeof ImageServiceDefinition>;

/** Makes the client of RuntimeService on a connection. Nothing is sent. */
export function createRuntimeService(caller: Caller): RuntimeService {
  const rpc = createClient(RuntimeServiceDefinition, caller, runtimeDeadlines);
  const { fullName, methods } = RuntimeServiceDefinition;
  const { streamPodSandboxes, streamContainers, streamContainerStats, streamPodSandboxStats, streamPodSandboxMetrics } =
    methods;
  const streams = {
    streamPodSandboxes,
    streamContainers,
    streamContainerStats,
    streamPodSandboxStats,
    streamPodSandboxMetrics,
  };
  // An UNIMPLEMENTED of these is expected, and needs no explanation.
  const streamed = createClient({ fullName, methods: streams }, { ...caller, explain: undefined }, runtimeDeadlines);
  const service: RuntimeService = {
    ...rpc,
    listPodSandbox: streamWhenLarge({ unary: rpc.listPodSandbox, stream: streamed.streamPodSandboxes }, (parts) => ({
      items: parts.flatMap((part) => part.podSandboxes),
    })),
    listContainers: streamWhenLarge({ unary: rpc.listContainers, stream: streamed.streamContainers }, (parts) => ({
      containers: parts.flatMap((part) => part.containers),
    })),
    listContainerStats: streamWhenLarge(
      { unary: rpc.listContainerStats, stream: streamed.streamContainerStats },
      (parts) => ({
        stats: parts.flatMap((part) => part.containerStats),
      }),
    ),
    listPodSandboxStats: streamWhenLarge(
      { unary: rpc.listPodSandboxStats, stream: streamed.streamPodSandboxStats },
      (parts) => ({
        stats: parts.flatMap((part) => part.podSandboxStats),
      }),
    ),
    listPodSandboxMetrics: streamWhenLarge(
      { unary: rpc.listPodSandboxMetrics, stream: streamed.streamPodSandboxMetrics },
      (parts) => ({
        podMetrics: parts.flatMap((part) => part.podSandboxMetrics),
      }),
    ),
  };
  return requireFields(service, caller);
}

/** Makes the client of ImageService on a connection. Nothing is sent. */
export function createImageService(caller: Caller): ImageService {
  const rpc = createClient(ImageServiceDefinition, caller, imageDeadlines);
  const { fullName, methods } = ImageServiceDefinition;
  const streams = { streamImages: methods.streamImages };
  const streamed = createClient({ fullName, methods: streams }, { ...caller, explain: undefined }, imageDeadlines);
  const service: ImageService = {
    ...rpc,
    listImages: streamWhenLarge({ unary: rpc.listImages, stream: streamed.streamImages }, (parts) => ({
      images: parts.flatMap((part) => part.images),
    })),
  };
  return service;
}
