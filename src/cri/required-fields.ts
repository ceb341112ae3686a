import { MalformedAnswerError } from "../errors.ts";
import type { ContainerStatusResponse, PodSandboxStatusResponse, VersionResponse } from "../gen/runtime/v1/api.ts";
import type { Caller } from "../rpc/call.ts";
import type { RuntimeService } from "./services.ts";

/**
 * The same service, which takes no answer without the fields that callers rely on. kubelet's client checks the same ones:
 * a runtime that forgets them would otherwise fail far from its cause.
 */
export function requireFields(service: RuntimeService, { channel }: Caller): RuntimeService {
  const demand =
    <Response>(rpc: string, fields: (response: Response) => Fields) =>
    (response: Response): Response => {
      const missing = Object.entries(fields(response)).find(([, value]) => !value)?.[0];
      if (missing === undefined) return response;
      const endpoint = channel.endpoint.text;
      throw new MalformedAnswerError(`${rpc} on ${endpoint} answered without ${missing}, which CRI requires`, {
        rpc,
        endpoint,
      });
    };
  const version = demand("Version", versionFields);
  const pod = demand("PodSandboxStatus", podSandboxFields);
  const container = demand("ContainerStatus", containerFields);
  const podId = demand("RunPodSandbox", ({ podSandboxId }: { podSandboxId: string }) => ({ podSandboxId }));
  const containerId = demand("CreateContainer", ({ containerId: id }: { containerId: string }) => ({
    containerId: id,
  }));
  return {
    ...service,
    version: async (request, options) => version(await service.version(request, options)),
    runPodSandbox: async (request, options) => podId(await service.runPodSandbox(request, options)),
    podSandboxStatus: async (request, options) => pod(await service.podSandboxStatus(request, options)),
    createContainer: async (request, options) => containerId(await service.createContainer(request, options)),
    containerStatus: async (request, options) => container(await service.containerStatus(request, options)),
  };
}

/** Each required field by its name, and whether it is there. */
type Fields = Readonly<Record<string, unknown>>;

function versionFields(answer: VersionResponse): Fields {
  const { version, runtimeName, runtimeVersion, runtimeApiVersion } = answer;
  return { version, runtimeName, runtimeVersion, runtimeApiVersion };
}

function podSandboxFields({ status }: PodSandboxStatusResponse): Fields {
  return {
    status,
    "status.id": status?.id,
    "status.metadata": status?.metadata,
    "status.metadata.name": status?.metadata?.name,
    "status.metadata.namespace": status?.metadata?.namespace,
    "status.createdAt": status?.createdAt,
  };
}

function containerFields({ status }: ContainerStatusResponse): Fields {
  return {
    status,
    "status.id": status?.id,
    "status.metadata": status?.metadata,
    "status.metadata.name": status?.metadata?.name,
    "status.createdAt": status?.createdAt,
    "status.image": status?.image,
    "status.imageRef": status?.imageRef,
  };
}
