import { ContainersDefinition } from "../gen/containerd/services/containers/v1/containers.ts";
import { ContentDefinition } from "../gen/containerd/services/content/v1/content.ts";
import { EventsDefinition } from "../gen/containerd/services/events/v1/events.ts";
import { ImagesDefinition } from "../gen/containerd/services/images/v1/images.ts";
import { IntrospectionDefinition } from "../gen/containerd/services/introspection/v1/introspection.ts";
import { LeasesDefinition } from "../gen/containerd/services/leases/v1/leases.ts";
import { NamespacesDefinition } from "../gen/containerd/services/namespaces/v1/namespace.ts";
import { SnapshotsDefinition } from "../gen/containerd/services/snapshots/v1/snapshots.ts";
import { VersionDefinition } from "../gen/containerd/services/version/v1/version.ts";
import type { Caller } from "../rpc/call.ts";
import { createClient, type Deadlines, type ServiceClient, type ServiceDefinition } from "../rpc/client.ts";

/** containerd's own services on the socket it speaks CRI on: every RPC a method of the same name in camelCase. */
export interface ContainerdServices {
  /** Records of containers, with what CRI keeps in them. @see containerd.services.containers.v1.Containers */
  readonly containers: ServiceClient<typeof ContainersDefinition>;
  /** Blobs by digest. @see containerd.services.content.v1.Content */
  readonly content: ServiceClient<typeof ContentDefinition>;
  /** What happens, as it happens. @see containerd.services.events.v1.Events */
  readonly events: ServiceClient<typeof EventsDefinition>;
  /** Names for them. @see containerd.services.images.v1.Images */
  readonly images: ServiceClient<typeof ImagesDefinition>;
  /** What keeps them from the garbage collector meanwhile. @see containerd.services.leases.v1.Leases */
  readonly leases: ServiceClient<typeof LeasesDefinition>;
  /** What images become when they are unpacked. @see containerd.services.snapshots.v1.Snapshots */
  readonly snapshots: ServiceClient<typeof SnapshotsDefinition>;
  /** The namespaces themselves. @see containerd.services.namespaces.v1.Namespaces */
  readonly namespaces: ServiceClient<typeof NamespacesDefinition>;
  /** Which plugins run, and who the server is. @see containerd.services.introspection.v1.Introspection */
  readonly introspection: ServiceClient<typeof IntrospectionDefinition>;
  /** containerd's version, not CRI's. @see containerd.services.version.v1.Version */
  readonly version: ServiceClient<typeof VersionDefinition>;
}

/** What every call of these services says beside its request. */
export interface ContainerdScope {
  /** containerd's namespace; CRI's images and containers live in `k8s.io`, which is the default. Not a Kubernetes one. */
  readonly namespace?: string | undefined;
  /** Everything that is written belongs to this lease until it is deleted. */
  readonly lease?: string | undefined;
}

/** Makes the clients of containerd's own services on a connection. Nothing is sent; only containerd answers. */
export function createContainerdServices(
  caller: Caller,
  { namespace = "k8s.io", lease }: ContainerdScope = {},
): ContainerdServices {
  const headers = { "containerd-namespace": namespace, ...(lease === undefined ? {} : { "containerd-lease": lease }) };
  const scoped = { ...caller, headers };
  const noLimit = { read: Infinity, write: Infinity, list: Infinity };
  return {
    containers: createClient(ContainersDefinition, scoped, deadlines(ContainersDefinition)),
    content: createClient(ContentDefinition, scoped, { ...deadlines(ContentDefinition), ...noLimit }),
    events: createClient(EventsDefinition, scoped, { ...deadlines(EventsDefinition), subscribe: Infinity }),
    images: createClient(ImagesDefinition, scoped, deadlines(ImagesDefinition)),
    leases: createClient(LeasesDefinition, scoped, deadlines(LeasesDefinition)),
    snapshots: createClient(SnapshotsDefinition, scoped, deadlines(SnapshotsDefinition)),
    namespaces: createClient(NamespacesDefinition, scoped, deadlines(NamespacesDefinition)),
    introspection: createClient(IntrospectionDefinition, scoped, deadlines(IntrospectionDefinition)),
    version: createClient(VersionDefinition, scoped, deadlines(VersionDefinition)),
  };
}

/** Half a minute for each: they answer from a database, but deleting may wait for the garbage collector. Milliseconds. */
function deadlines<Definition extends ServiceDefinition>({ methods }: Definition): Deadlines<Definition> {
  return Object.fromEntries(Object.keys(methods).map((name) => [name, 30_000])) as unknown as Deadlines<Definition>;
}
