import type { Container, PodSandbox } from "../gen/runtime/v1/api.ts";
import { RuntimeServiceDefinition } from "../gen/runtime/v1/api.ts";
import type { Caller } from "../rpc/call.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import { createClient } from "../rpc/client.ts";
import { runtimeDeadlines } from "./deadlines.ts";
import type { RuntimeService } from "./services.ts";
import { inPortions } from "./stream-when-large.ts";

/**
 * The lists of a runtime as they come: a portion at a time where the runtime has those, else all at once. The runtime's filters
 * apply, its order is kept.
 *
 * @see CRI RuntimeService.ListContainers and StreamContainers, ListPodSandbox and StreamPodSandboxes
 */
export interface ListsInPortions {
  readonly containers: List<"listContainers", Container>;
  readonly podSandboxes: List<"listPodSandbox", PodSandbox>;
}

type List<Rpc extends keyof RuntimeService, Item> = (
  request: Parameters<RuntimeService[Rpc]>[0],
  options?: CallOptions,
) => AsyncIterable<readonly Item[]>;

/** Makes the lists on a connection. Nothing is sent. */
export function listsInPortions(caller: Caller): ListsInPortions {
  const rpc = createClient(RuntimeServiceDefinition, caller, runtimeDeadlines);
  // An UNIMPLEMENTED of these is expected, and needs no explanation.
  const streamed = createClient(RuntimeServiceDefinition, { ...caller, explain: undefined }, runtimeDeadlines);
  return {
    async *containers(request, options) {
      const calls = { unary: rpc.listContainers, stream: streamed.streamContainers };
      for await (const { containers } of inPortions(calls, request, options)) yield containers;
    },
    async *podSandboxes(request, options) {
      const calls = { unary: rpc.listPodSandbox, stream: streamed.streamPodSandboxes };
      for await (const answer of inPortions(calls, request, options)) {
        yield "items" in answer ? answer.items : answer.podSandboxes;
      }
    },
  };
}
