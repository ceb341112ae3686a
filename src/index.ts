// For programs that talk to a runtime.
export { connect, dial, type Connection, type ConnectOptions, type Line } from "./cri/connect.ts";
export type { ImageService, RuntimeService } from "./cri/services.ts";
export type { CallOptions } from "./rpc/call-options.ts";
export {
  AlreadyExistsError,
  AmbiguousError,
  CancelledError,
  ConnectionLostError,
  CrikitError,
  DeadlineExceededError,
  type ErrorCode,
  HostError,
  InvalidArchiveError,
  LabError,
  MalformedAnswerError,
  NotFoundError,
  RuntimeFailedError,
  UnimplementedError,
  UnmeasuredError,
  UnreachableError,
  UsageError,
} from "./errors.ts";
export { failures } from "./failures.ts";

// Which pods and containers there are.
export { type ContainerQuery, listContainers } from "./inventory/list-containers.ts";
export { listPodSandboxes, type PodSandboxQuery } from "./inventory/list-pod-sandboxes.ts";
export { type Found } from "./inventory/match-words.ts";
export { resolveContainers, resolvePodSandboxes } from "./inventory/resolve.ts";
export { type Place, placesOfContainers, placesOfPods } from "./inventory/place.ts";

// What containers write, and what happens to them.
export { containerLog, type ContainerLog, isLogOver } from "./logs/container-log.ts";
export { LineJoiner, type LogLine } from "./logs/join-lines.ts";
export { type LogEntry, timeOf } from "./logs/log-entry.ts";
export { readLog, type ReadLogOptions } from "./logs/read-log.ts";
export { type RuntimeEvent } from "./events/runtime-event.ts";
export { type Gap, watchEvents, type WatchEventsOptions } from "./events/watch-events.ts";

// Pod sandboxes and containers whose lifetime is a block.
export { PodSandbox } from "./sandbox/pod-sandbox.ts";
export {
  containerDetails,
  type ContainerDetails,
  podSandboxDetails,
  type PodSandboxDetails,
} from "./sandbox/details.ts";
export type { PodSandboxPlan } from "./sandbox/plan.ts";
export { Container, type ContainerPlan } from "./sandbox/container.ts";
export { removePodSandbox } from "./sandbox/remove-pod-sandbox.ts";
export { type ChangedResources, changeResources, type Resources } from "./sandbox/resources.ts";
export { type Restarted, restartContainer } from "./sandbox/restart-container.ts";
export { runContainer, type RunningContainer } from "./sandbox/run-container.ts";
export { type Exit, waitForExit, waitForExits } from "./sandbox/wait-for-exit.ts";

// Their configs: from files, from words, as files, and what a file may say.
export { readContainerConfig, type ReadOptions, readPodSandboxConfig } from "./configs/read-config.ts";
export { configsFromWords, type RunConfigs, type RunWords } from "./configs/from-words.ts";
export { configDocument } from "./configs/config-document.ts";
export { configSchema } from "./configs/json-schema.ts";

// Programs in containers, their streams, ports of a pod, files.
export { attach, type AttachOptions, type AttachResult } from "./streaming/attach.ts";
export { type Detached, exec, type ExecOptions, type ExecResult } from "./streaming/exec.ts";
export { execSync, type ExecSyncResult } from "./streaming/exec-sync.ts";
export { type PortForward, portForward, type PortForwardOptions } from "./streaming/port-forward.ts";
export { dialPort, type DialPortOptions } from "./streaming/dial-port.ts";
export { parseDetachKeys } from "./streaming/detach-keys.ts";
export { type Input } from "./streaming/input.ts";
export { type Output } from "./streaming/output.ts";
export { type TerminalSize, type Transport } from "./streaming/session.ts";
export { copy, type CopyEnd, type CopyOptions } from "./copy/copy.ts";

// What they use.
export { containerStats, type ContainerStatsQuery } from "./stats/container-stats.ts";
export { containerUsage, type ContainerUsage } from "./stats/container-usage.ts";
export { podStatsConcurrency } from "./stats/pod-stats-concurrency.ts";
export { podsToMeasure, type PodsQuery } from "./stats/pods-to-measure.ts";
export { podUsage, type PodToMeasure, type PodUsage, type PodUsageOptions } from "./stats/pod-usage.ts";
export { type FoundProcesses, type ProcessOfContainer, processesOf } from "./stats/processes.ts";
export { type SamplePair, samples, type SamplingOptions } from "./stats/samples.ts";

// What a pod shares, measured.
export { podsOfRuntime } from "./namespaces/pods-of-runtime.ts";
export { apiVersion, type NamespaceReport, reportOn, type ReportOptions } from "./namespaces/report.ts";
export type { CheckName, Evidence, Expected, Finding, VerdictWord } from "./namespaces/verdict.ts";
export { parseExpectations } from "./namespaces/expectations.ts";
export { type Expectations } from "./namespaces/pod.ts";
export { checkNames, defaultChecks, type Verification, verify, type VerifyOptions } from "./namespaces/verify.ts";
export { type CheckSource } from "./namespaces/checks/check.ts";
export { type FurtherCheck, furtherChecks, lookingChecks, runChecks } from "./namespaces/checks/run-checks.ts";

// A private runtime, and images for it.
export { Lab } from "./lab/lab.ts";
export { type LabStatus, labStatus } from "./lab/lab-status.ts";
export { type LoadedImage, loadImages, type LoadOptions } from "./images/load.ts";
export { listImages, type ImageQuery } from "./images/list-images.ts";
export { type PulledImage, pullImage, type PullOptions } from "./images/pull.ts";
export { tagImage, untagImage } from "./images/tag-image.ts";
export { imageHistory, type ImageHistory } from "./images/image-history.ts";
export { unusedImages } from "./images/unused-images.ts";
export { credentialsFor, type CredentialSources } from "./registry/credentials.ts";
export { archiveFile, openArchive } from "./oci/archive.ts";
export { openLayoutFolder } from "./oci/layout.ts";

// For programs that are tools themselves.
export {
  type ContainerInfo,
  parseContainerInfo,
  parsePodSandboxInfo,
  parseStatusInfo,
  type PodSandboxInfo,
} from "./cri/verbose-info/verbose-info.ts";
export { toProtoJson } from "./cri/protojson.ts";
export { type CallRecord } from "./rpc/call.ts";
export { redact } from "./rpc/redact.ts";
export { type DuplexCall, type ResponseStream } from "./rpc/streams.ts";
export { Scope } from "./lifetime.ts";
export { addressesIn, type NetnsInterface, type NetnsRoute, routesIn } from "./netns/inside.ts";
export { listNetns, type ListNetnsOptions, type NetnsInventory } from "./netns/list-netns.ts";
export { type GivenName, netnsNames } from "./netns/names.ts";
export type { NetworkNamespace } from "./netns/network-namespace.ts";
export { netnsOfPod, type PodNetns } from "./netns/pod-netns.ts";
export { type NetnsFile, resolveNetns } from "./netns/resolve-netns.ts";
export { type NetnsSocket, socketsIn } from "./netns/sockets.ts";
export { nameNetns, type NetnsName, sweepNetnsNames, unnameNetns } from "./linux/netns-name.ts";
export { diff, type NamespaceDiff } from "./lookup/diff.ts";
export { peer, type Peering } from "./lookup/peer.ts";
export { type Match, which } from "./lookup/which.ts";
export { readTree, type ReadTreeOptions } from "./tree/read-tree.ts";
export type { NodeTree, TreeMember, TreePod, TreeProcess } from "./tree/tree.ts";
