import { type DeepPartial, NamespaceMode, type NamespaceOption, type PodSandboxConfig } from "../cri/messages.ts";
import type { RunWords } from "./from-words.ts";
import { hostnameFromWord, nameServerFromWord, resolverWord } from "./words/dns.ts";
import { read, readAll } from "./words/flag.ts";
import { labelsFromWords } from "./words/labels.ts";
import { nameFromWord } from "./words/name.ts";
import { absolutePath } from "./words/path.ts";
import { portsFromWords } from "./words/port.ts";

/** The pod's part of {@link RunWords}. @throws {UsageError} naming the flag */
export function podFromWords(words: RunWords, name: string): DeepPartial<PodSandboxConfig> {
  const { hostNetwork = false, privileged = false } = words;
  const logDirectory = read("--log-directory", absolutePath, words.logDirectory);
  const dnsConfig = {
    servers: readAll("--dns", nameServerFromWord, words.dns),
    searches: readAll("--dns-search", resolverWord, words.dnsSearch),
    options: readAll("--dns-option", resolverWord, words.dnsOption),
  };
  const hasDns = Object.values(dnsConfig).some((list) => list.length > 0);
  return {
    metadata: { name, namespace: read("--namespace", nameFromWord, words.namespace) ?? "crikit", attempt: 0 },
    // The UTS namespace is the host's on the host's network.
    ...(hostNetwork ? {} : { hostname: read("--hostname", hostnameFromWord, words.hostname) ?? name }),
    ...(logDirectory === undefined ? {} : { logDirectory }),
    ...(hasDns ? { dnsConfig } : {}),
    portMappings: portsFromWords("--port", words.port),
    labels: labelsFromWords("--label", words.label),
    annotations: labelsFromWords("--annotation", words.annotation),
    linux: {
      // A sandbox that is not privileged itself takes no container that is.
      securityContext: { namespaceOptions: namespacesFromWords(words), ...(privileged ? { privileged } : {}) },
    },
  };
}

/** Which namespaces are shared; the same is said of the sandbox and of the container. */
export function namespacesFromWords({
  hostNetwork = false,
  hostPid = false,
  hostIpc = false,
}: RunWords): DeepPartial<NamespaceOption> {
  return {
    network: hostNetwork ? NamespaceMode.NODE : NamespaceMode.POD,
    pid: hostPid ? NamespaceMode.NODE : NamespaceMode.CONTAINER,
    ipc: hostIpc ? NamespaceMode.NODE : NamespaceMode.POD,
  };
}
