import { ListMetricDescriptorsResponse } from "../../cri/messages.ts";
import { toProtoJson } from "../../cri/protojson.ts";
import { command } from "../command.ts";
import { descriptorsView } from "../views/metrics.ts";

/** `crikit metricdescs`: the metrics that there are. */
export const metricdescs = command({
  examples: ["crikit metricdescs", "crikit metricdescs -o table"],
  formats: ["json", "jsonl", "yaml", "go-template", "table"],
  run: async (_, { connect }) => {
    const { runtime, call } = await connect();
    const answer = await runtime.listMetricDescriptors({}, call);
    const json = toProtoJson(ListMetricDescriptorsResponse, answer) as { readonly descriptors: readonly unknown[] };
    return { data: json, view: descriptorsView, lines: json.descriptors };
  },
});
