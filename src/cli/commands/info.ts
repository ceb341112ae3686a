import { RuntimeFeatures, RuntimeHandler, RuntimeStatus } from "../../cri/messages.ts";
import { toProtoJson } from "../../cri/protojson.ts";
import { mergedStatus } from "../../cri/verbose-info/merged-status.ts";
import { command } from "../command.ts";
import { infoView } from "../views/info.ts";

/** `crikit info`: what the runtime says of its state, its handlers and its configuration. */
export const info = command({
  examples: [
    "crikit info",
    "crikit info -o table",
    "crikit info -q -o yaml",
    "crikit info -o go-template --template '{{.lastCNILoadStatus}}'",
  ],
  formats: ["json", "yaml", "go-template", "table"],
  words: (words) => words.option("-q, --quiet", "the status alone, without the runtime's own info"),
  run: async ({ options: { quiet = false } }, context) => {
    const { runtime, call } = await context.connect();
    const answer = await runtime.status({ verbose: !quiet }, call);
    const status = toProtoJson(RuntimeStatus, answer.status ?? RuntimeStatus.fromPartial({}));
    const handlers = answer.runtimeHandlers.map((handler) => toProtoJson(RuntimeHandler, handler));
    const features = answer.features === undefined ? undefined : toProtoJson(RuntimeFeatures, answer.features);
    const { status: first, ...rest } = await mergedStatus(status, quiet ? {} : answer.info);
    const data = { ...rest, ...(features === undefined ? {} : { features }), runtimeHandlers: handlers, status: first };
    return { data, view: (_, terminal) => infoView(answer, terminal) };
  },
});
