import { isIP } from "node:net";
import { type DeepPartial, type PortMapping, Protocol } from "../../cri/messages.ts";
import { UsageError } from "../../errors.ts";
import { readAll } from "./flag.ts";

const grammar =
  /^(?:(?:\[(?<ipv6>[^\]]*)\]|(?<ipv4>[^:[\]]*\.[^:[\]]*)):)?(?:(?<host>\d+):)?(?<container>\d+)(?:\/(?<protocol>[a-zA-Z]+))?$/u;

const protocols: Readonly<Record<string, Protocol>> = { tcp: Protocol.TCP, udp: Protocol.UDP, sctp: Protocol.SCTP };

/**
 * A port of the pod that the host makes reachable: `8080:80`, `80` for the same number on both sides, `127.0.0.1:8080:80`,
 * `[::1]:53:53/udp`.
 *
 * @throws {UsageError} that says what to write
 */
export function portFromWord(word: string): DeepPartial<PortMapping> {
  const groups = grammar.exec(word)?.groups;
  if (groups === undefined) throw wrong(word);
  const { ipv4, ipv6, container = "", host = container, protocol = "tcp" } = groups;
  const hostIp = ipv6 ?? ipv4 ?? "";
  if (hostIp !== "" && isIP(hostIp) !== (ipv6 === undefined ? 4 : 6)) throw wrong(word, `'${hostIp}' is no IP address`);
  const known = protocols[protocol.toLowerCase()];
  if (known === undefined) throw wrong(word, `'${protocol}' is none of tcp, udp, sctp`);
  if (ipv6 === "") throw wrong(word, "there is no address between the brackets");
  return {
    protocol: known,
    containerPort: numberFrom(container, word),
    hostPort: numberFrom(host, word),
    ...(hostIp === "" ? {} : { hostIp }),
  };
}

/** The same for all ports of a pod. @throws {UsageError} also when two of them ask for the same port of the host */
export function portsFromWords(flag: string, words: readonly string[] = []): DeepPartial<PortMapping>[] {
  const ports = readAll(flag, portFromWord, words);
  for (const [at, { hostPort, hostIp, protocol }] of ports.entries()) {
    const twin = ports.findIndex(
      (other) =>
        other.hostPort === hostPort &&
        other.protocol === protocol &&
        (other.hostIp === hostIp || other.hostIp === undefined || hostIp === undefined),
    );
    if (twin < at)
      throw new UsageError(`${flag}: '${words[twin]}' and '${words[at]}' ask for the same port of the host`);
  }
  return ports;
}

function numberFrom(text: string, word: string): number {
  const port = Number(text);
  if (!(port >= 1 && port <= 65_535)) throw wrong(word, `${text} is not between 1 and 65535`);
  return port;
}

function wrong(word: string, why = ""): UsageError {
  return new UsageError(`'${word}' is not a port${why && `: ${why}`}`, {
    hint: "write 8080:80 (host:container), 80, 127.0.0.1:8080:80, [::1]:8080:80 or 53:53/udp",
  });
}
