import {
  ListMetricDescriptorsResponse,
  ListPodSandboxMetricsResponse,
  type Metric,
  type MetricDescriptor,
  MetricType,
} from "../../cri/messages.ts";
import { toProtoJson } from "../../cri/protojson.ts";
import { shortId } from "./human.ts";
import { table, type Column } from "./table.ts";
import type { Terminal } from "../outcome.ts";

interface MetricRow extends Metric {
  readonly podId: string;
  readonly containerId: string;
}

const metricColumns: readonly Column<MetricRow>[] = [
  { head: "POD ID", cell: ({ podId }) => shortId(podId) },
  { head: "CONTAINER", cell: ({ containerId }) => shortId(containerId) },
  { head: "METRIC", cell: ({ name }) => name },
  { head: "TYPE", cell: ({ metricType }) => MetricType[metricType]?.toLowerCase() ?? String(metricType) },
  { head: "LABELS", cell: ({ labelValues }) => labelValues.join(",") },
  { head: "VALUE", cell: ({ value }) => String(value?.value ?? "") },
];

/** The metrics of all pods and their containers, one a line. */
export function metricsView({ podMetrics }: ListPodSandboxMetricsResponse, { color }: Terminal): string {
  const rows = podMetrics.flatMap(({ podSandboxId: podId, metrics, containerMetrics }) => [
    ...metrics.map((metric) => ({ ...metric, podId, containerId: "" })),
    ...containerMetrics.flatMap(({ containerId, metrics: own }) =>
      own.map((metric) => ({ ...metric, podId, containerId })),
    ),
  ]);
  return table(metricColumns, rows, { color, minWidth: 0 });
}

/** The same as crictl prints them. */
export function metricsJson(metrics: ListPodSandboxMetricsResponse): unknown {
  return toProtoJson(ListPodSandboxMetricsResponse, metrics);
}

const descriptorColumns: readonly Column<MetricDescriptor>[] = [
  { head: "METRIC", cell: ({ name }) => name },
  { head: "LABELS", cell: ({ labelKeys }) => labelKeys.join(",") },
  { head: "HELP", cell: ({ help }) => help },
];

/** What metrics there are, one a line. */
export function descriptorsView({ descriptors }: ListMetricDescriptorsResponse, { color }: Terminal): string {
  return table(descriptorColumns, descriptors, { color, minWidth: 0 });
}

/** The same as crictl prints them. */
export function descriptorsJson(descriptors: ListMetricDescriptorsResponse): unknown {
  return toProtoJson(ListMetricDescriptorsResponse, descriptors);
}
