import { cgroupDriverToJSON, RuntimeConfigResponse } from "../../cri/messages.ts";
import { toProtoJson } from "../../cri/protojson.ts";
import { command } from "../command.ts";
import { runtimeConfigView } from "../views/runtime-config.ts";

/** `crikit runtime-config`: how the runtime is set up, as far as CRI tells. */
export const runtimeConfig = command({
  examples: ["crikit runtime-config", "crikit runtime-config -o json"],
  run: async (_, { connect }) => {
    const { runtime, call } = await connect();
    const answer = await runtime.runtimeConfig({}, call);
    return {
      data: toProtoJson(RuntimeConfigResponse, answer),
      view: () => runtimeConfigView({ cgroupDriver: answer.linux && cgroupDriverToJSON(answer.linux.cgroupDriver) }),
    };
  },
});
