import {
  ListMetricDescriptorsResponse,
  ListPodSandboxMetricsResponse,
  type Metric,
  type MetricDescriptor,
  metricTypeToJSON,
} from "../../cri/messages.ts";
import type { Terminal } from "../outcome.ts";
import { shortId } from "./human.ts";
import { table, type Column } from "./table.ts";

interface MetricRow extends Metric {
  readonly podId: string;
  readonly containerId: string;
}

const metricColumns: readonly Column<MetricRow>[] = [
  { head: "POD ID", cell: ({ podId }) => shortId(podId) },
  { head: "CONTAINER", cell: ({ containerId }) => shortId(containerId) },
  { head: "METRIC", cell: ({ name }) => name },
  { head: "TYPE", cell: ({ metricType }) => metricTypeToJSON(metricType).toLowerCase() },
  { head: "VALUE", cell: ({ value }) => String(value?.value ?? "") },
  { head: "LABELS", cell: ({ labelValues }) => labelValues.join(",") },
];

/** The metrics of all pods and their containers, one a line. @param json as {@link ListPodSandboxMetricsResponse} has it */
export function metricsView(json: unknown, { color }: Terminal): string {
  const rows = ListPodSandboxMetricsResponse.fromJSON(json).podMetrics.flatMap(
    ({ podSandboxId: podId, metrics, containerMetrics }) => [
      ...metrics.map((metric) => ({ ...metric, podId, containerId: "" })),
      ...containerMetrics.flatMap(({ containerId, metrics: own }) =>
        own.map((metric) => ({ ...metric, podId, containerId })),
      ),
    ],
  );
  return table(metricColumns, rows, { color, minWidth: 0 });
}

const descriptorColumns: readonly Column<MetricDescriptor>[] = [
  { head: "METRIC", cell: ({ name }) => name },
  { head: "LABELS", cell: ({ labelKeys }) => labelKeys.join(",") },
  { head: "HELP", cell: ({ help }) => help },
];

/** What metrics there are, one a line. @param json as {@link ListMetricDescriptorsResponse} has it */
export function descriptorsView(json: unknown, { color }: Terminal): string {
  return table(descriptorColumns, ListMetricDescriptorsResponse.fromJSON(json).descriptors, { color, minWidth: 0 });
}
