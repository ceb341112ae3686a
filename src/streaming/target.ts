import { lookup } from "node:dns/promises";
import { BlockList, isIP, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { MalformedAnswerError, UntrustedError, UsageError } from "../errors.ts";
import { parseEndpoint } from "../rpc/endpoint.ts";

/** Whom a streaming server has to be, and who we are to it. All of it matters for https only, but `allowOtherHost`. */
export interface StreamingTrust {
  /** Certificates of the authorities to believe, as PEM; those that Node comes with when absent. */
  readonly ca?: string | Uint8Array | undefined;
  /** Our own certificate, as PEM, and its key. */
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
  /** The name that the server's certificate has to bear; the URL's host when absent. */
  readonly serverName?: string | undefined;
  /** Talks to anybody who answers. */
  readonly insecureSkipVerify?: boolean | undefined;
  /** Follows a URL that leads to another machine than the endpoint. */
  readonly allowOtherHost?: boolean | undefined;
}

/** Where a session goes: the URL that the runtime gave, and the address that was found to be the right one. */
export interface StreamingTarget {
  /** Of the runtime that gave it, for errors. */
  readonly endpoint: string;
  readonly url: URL;
  /** An IP address: what was checked is what is connected to. */
  readonly address: string;
  readonly port: number;
  /** Absent for plain http. */
  readonly tls?: StreamingTrust & { readonly serverName: string };
}

/**
 * Reads the URL that a runtime gave for a session, and checks that it leads to the machine of the endpoint. A runtime on a
 * unix socket is here, so its URL has to be as well.
 *
 * @throws {UsageError} when half of a client certificate is given
 * @throws {MalformedAnswerError} when it is no URL of http or https
 * @throws {UntrustedError} when it leads elsewhere and that was not allowed
 */
export async function streamingTarget(text: string, endpoint: string, trust: StreamingTrust): Promise<StreamingTarget> {
  if ((trust.cert === undefined) !== (trust.key === undefined)) {
    throw new UsageError("a client certificate needs its key, and a key its certificate");
  }
  const url = parse(text, endpoint);
  const named = url.hostname.replace(/^\[|\]$/gu, "");
  // A server that listens everywhere may say so instead of where.
  const home = homeOf(endpoint);
  const host = isEverywhere(named) ? home : named;
  const addresses = await resolve(host, endpoint);
  if (trust.allowOtherHost !== true) await mustBeAt(addresses, { url, endpoint, home });
  const address = addresses[0] ?? host;
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  if (url.protocol === "http:") return { endpoint, url, address, port };
  return { endpoint, url, address, port, tls: { ...trust, serverName: trust.serverName ?? host } };
}

function parse(text: string, endpoint: string): URL {
  // containerd and others leave the host out when nobody told them one.
  const whole = text.replace(/^(?<scheme>https?:\/\/)(?=[:/])/u, "$<scheme>0.0.0.0");
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new MalformedAnswerError(`the runtime gave '${shown(text)}' as the place of its streaming server`, {
      endpoint,
    });
  }
  return url;
}

/** Without the token, which is all that a stranger would need. */
function shown(text: string): string {
  return text
    .replace(/[?#].*$/su, "")
    .split("/")
    .slice(0, 3)
    .join("/")
    .slice(0, 200);
}

function homeOf(endpoint: string): string {
  const parsed = parseEndpoint(endpoint);
  return parsed.kind === "unix" ? "127.0.0.1" : parsed.host;
}

async function mustBeAt(
  addresses: readonly string[],
  { url, endpoint, home }: { readonly url: URL; readonly endpoint: string; readonly home: string },
): Promise<void> {
  const right = parseEndpoint(endpoint).kind === "unix" ? ownAddresses() : addressesOf(await resolve(home, endpoint));
  if (addresses.length > 0 && addresses.every((address) => right.check(address, familyOf(address)))) return;
  throw new UntrustedError(`the runtime sends us to ${url.host}, which is not the machine of its endpoint`, {
    endpoint,
    hint: "allow another host (--allow-other-host) if that is where its streaming server is meant to be",
  });
}

async function resolve(host: string, endpoint: string): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (error) {
    throw new UntrustedError(`the host of the streaming server, ${host}, has no address`, { cause: error, endpoint });
  }
}

function ownAddresses(): BlockList {
  const list = addressesOf(
    Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address)),
  );
  list.addSubnet("127.0.0.0", 8, "ipv4");
  list.addAddress("::1", "ipv6");
  return list;
}

function addressesOf(addresses: readonly string[]): BlockList {
  const list = new BlockList();
  for (const address of addresses) list.addAddress(address, familyOf(address));
  return list;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}

function isEverywhere(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
