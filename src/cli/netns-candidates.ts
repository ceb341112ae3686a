import { readyPodCandidates, type Ask } from "./candidates.ts";

/** What shows a network namespace: names of `ip netns`, and the pods that are ready. */
export const netnsCandidates: Ask = async (context, typed) => {
  const { netnsNames } = await import("../netns/names.ts");
  const [names, pods] = await Promise.all([
    netnsNames().catch(() => []),
    readyPodCandidates(context, typed).catch(() => []),
  ]);
  return [...names.map(({ name, id }) => ({ value: name, about: `network namespace ${id ?? ""}` })), ...pods];
};
