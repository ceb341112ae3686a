/**
 * containerd's own messages and services as TypeScript types, one namespace a service: several of them have messages of
 * the same name.
 */
export * as containers from "../gen/containerd/services/containers/v1/containers.ts";
export * as content from "../gen/containerd/services/content/v1/content.ts";
export * as events from "../gen/containerd/services/events/v1/events.ts";
export * as images from "../gen/containerd/services/images/v1/images.ts";
export * as introspection from "../gen/containerd/services/introspection/v1/introspection.ts";
export * as leases from "../gen/containerd/services/leases/v1/leases.ts";
export * as namespaces from "../gen/containerd/services/namespaces/v1/namespace.ts";
export * as snapshots from "../gen/containerd/services/snapshots/v1/snapshots.ts";
export * as tasks from "../gen/containerd/services/tasks/v1/tasks.ts";
export * as version from "../gen/containerd/services/version/v1/version.ts";
export * as types from "../gen/containerd/types/descriptor.ts";
