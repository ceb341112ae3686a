import { command } from "../command.ts";
import { versionView } from "../views/version.ts";

/** `crikit version`: what the runtime says of itself. */
export const version = command({
  about: "crikit's own version is 'crikit --version'.",
  examples: ["crikit version", "crikit version -o json", "crikit -r unix:///run/crio/crio.sock version"],
  run: async (_, { connect }) => {
    const { runtime, call } = await connect();
    const { version, runtimeName, runtimeVersion, runtimeApiVersion } = await runtime.version({}, call);
    return { data: { version, runtimeName, runtimeVersion, runtimeApiVersion }, view: versionView };
  },
});
