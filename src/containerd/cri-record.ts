import { NotFoundError } from "../errors.ts";
import type { CallOptions } from "../rpc/call-options.ts";
import type { ContainerdServices } from "./services.ts";

/** What containerd's CRI plugin keeps with a container or a sandbox. */
export interface CriRecord {
  readonly isSandbox: boolean;
  readonly name: string;
  /** The Kubernetes namespace, of a sandbox. */
  readonly namespace: string | undefined;
  /** Whose the container is. */
  readonly podSandboxId: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Who a container is to CRI, by containerd's own record, which is there before CRI's lists have it. `undefined` for one that
 * is gone, or that CRI has not made.
 *
 * @see containerd.services.containers.v1.Containers.Get
 */
export async function criRecordOf(
  { containers }: Pick<ContainerdServices, "containers">,
  id: string,
  options: CallOptions = {},
): Promise<CriRecord | undefined> {
  try {
    const { container } = await containers.get({ id }, options);
    const isSandbox = container?.labels["io.cri-containerd.kind"] === "sandbox";
    const kind = isSandbox ? "sandbox" : "container";
    return parseRecord(container?.extensions[`io.cri-containerd.${kind}.metadata`]?.value, isSandbox);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** The plugin's JSON is its own affair: what does not look as expected says nothing. */
function parseRecord(bytes: Uint8Array | undefined, isSandbox: boolean): CriRecord | undefined {
  try {
    const { Metadata } = JSON.parse(Buffer.from(bytes ?? []).toString()) as {
      readonly Metadata: {
        readonly SandboxID?: string;
        readonly Config: {
          readonly metadata: { readonly name: string; readonly namespace?: string };
          readonly labels?: Readonly<Record<string, string>>;
        };
      };
    };
    const { metadata, labels = {} } = Metadata.Config;
    return { isSandbox, name: metadata.name, namespace: metadata.namespace, podSandboxId: Metadata.SandboxID, labels };
  } catch {
    return undefined;
  }
}
