import { isIP } from "node:net";
import { UsageError } from "../../errors.ts";
import { resolvePodSandboxes } from "../../inventory/resolve.ts";
import { readyPodCandidates } from "../candidates.ts";
import { command } from "../command.ts";
import { streamingOptions, streamingWords } from "../streaming-words.ts";
import { untilInterrupted } from "../until-interrupted.ts";
import { type Forwarding, forwardingView } from "../views/port-forward.ts";
import { portPair, type PortPair } from "../words.ts";

/** `crikit port-forward`: ports of this machine that lead into a pod. */
export const portForward = command({
  about:
    "A pod's port may listen on the pod's loopback alone. Goes on until Ctrl-C, or until the pod is gone; a port that nobody " +
    "answers there fails one connection, not the rest. A client may close its half of a connection and still be answered; " +
    "containerd does not tell the pod of that.",
  examples: [
    "crikit port-forward web 8080:80",
    "crikit port-forward web :80 5432",
    "crikit port-forward --address 0.0.0.0 web 127.0.0.2:8443:443",
  ],
  formats: ["text", "jsonl"],
  words: (words) =>
    streamingWords(
      words
        .argument("<pod>", "its id or name")
        .argument("<ports...>", "[ADDRESS:]LOCAL:REMOTE, REMOTE for the same here, :REMOTE for any free one", forwards)
        .option("--address <addresses>", "where to listen, separated by commas (default: localhost)", addressList),
    ),
  complete: { pod: readyPodCandidates },
  run: async ({ args: [word, ports], options }, context) => {
    const line = await context.connect();
    const [found] = await resolvePodSandboxes(line.runtime, [word], line.call);
    const { id = "", name = word } = found ?? {};
    const { portForward: forward } = await import("../../streaming/port-forward.ts");
    const forwarding = await forward(line, id, {
      ...(await streamingOptions(options, line)),
      ports: ports.map((port) => ({ ...port, addresses: port.addresses ?? options.address })),
      onEvent: (event) => {
        if (event.kind === "failed") context.note(failureText(event.port.remote, event.error));
      },
    });
    const items = async function* (): AsyncGenerator<Forwarding> {
      await using open = forwarding;
      for (const { address, local, remote } of open.ports)
        yield { podSandboxId: id, pod: name, address, local, remote };
      await open.ended;
    };
    return { items: untilInterrupted(items(), context.signal), view: forwardingView };
  },
});

/** Collects `8080:80`, `:80`, `127.0.0.2:8080:80`, `[::1]:8080:80`. @throws {UsageError} */
function forwards(text: string, previous: readonly Wanted[] | undefined): readonly Wanted[] {
  const match = /^(?:(?:\[(?<six>[^\]]+)\]|(?<four>[^:]+)):(?=[^:]*:))?(?<pair>.+)$/u.exec(text);
  const { six, four = six, pair = text } = match?.groups ?? {};
  return [...(previous ?? []), { ...portPair(pair), ...(four === undefined ? {} : { addresses: [address(four)] }) }];
}

interface Wanted extends PortPair {
  readonly addresses?: readonly string[];
}

/** Addresses separated by commas. @throws {UsageError} */
function addressList(text: string): readonly string[] {
  return text.split(",").flatMap((word) => (word === "localhost" ? ["127.0.0.1", "::1"] : [address(word)]));
}

function address(text: string): string {
  if (isIP(text) === 0)
    throw new UsageError(`'${text}' is not an address: write 127.0.0.1, ::1, 0.0.0.0, or localhost`);
  return text;
}

function failureText(remote: number, error: unknown): string {
  return `a connection to port ${remote} failed: ${error instanceof Error ? error.message : String(error)}`;
}
