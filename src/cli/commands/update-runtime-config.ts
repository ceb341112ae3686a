import { isIP } from "node:net";
import { UsageError } from "../../errors.ts";
import { command } from "../command.ts";

/** `crikit update-runtime-config`: tells the runtime the addresses of the node's pods. */
export const updateRuntimeConfig = command({
  about: "containerd fills its CNI template with them, if it has one, and does nothing otherwise.",
  examples: [
    "crikit update-runtime-config --pod-cidr 10.244.1.0/24",
    "crikit update-runtime-config -p 10.1.0.0/24,fd00::/64",
  ],
  formats: ["text", "json", "yaml"],
  words: (words) =>
    words.requiredOption("-p, --pod-cidr <cidr[,cidr]>", "the addresses, an IPv4 and an IPv6 range at most", podCidr),
  run: async ({ options: { podCidr: cidr } }, { connect }) => {
    const { runtime, call } = await connect();
    await runtime.updateRuntimeConfig({ runtimeConfig: { networkConfig: { podCidr: cidr } } }, call);
    return { data: { podCidr: cidr }, view: () => "" };
  },
});

function podCidr(text: string): string {
  for (const part of text.split(",")) {
    const [, address = "", bits = ""] = /^([^/]+)\/(\d{1,3})$/u.exec(part) ?? [];
    const family = isIP(address);
    if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) {
      throw new UsageError(`'${part}' is not a range of addresses: write 10.244.1.0/24 or fd00:10:244:1::/64`);
    }
  }
  return text;
}
