import { readFile } from "node:fs/promises";
import type { Command, OptionValues } from "@commander-js/extra-typings";
import { UsageError } from "../errors.ts";
import type { StreamingOptions } from "../streaming/open.ts";
import type { Transport } from "../streaming/session.ts";
import type { RuntimeLine } from "./context.ts";
import { oneOf } from "./words.ts";

/** What the words of a streaming command say of how its bytes travel. */
export type StreamingWords = {
  readonly transport?: Transport | undefined;
  readonly tlsCa?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsServerName?: string | undefined;
  readonly tlsSni?: string | undefined;
  readonly insecureSkipTlsVerify?: boolean | undefined;
  readonly allowOtherHost?: boolean | undefined;
};

/** Adds the flags of how a streaming command's bytes travel, those that crictl has by their names. */
export function streamingWords<Args extends unknown[], Options extends OptionValues>(
  words: Command<Args, Options>,
): Command<Args, Options & StreamingWords> {
  return words
    .option(
      "-r, --transport <transport>",
      "spdy or websocket alone (default: what can do it)",
      oneOf("spdy", "websocket"),
    )
    .option("--tls-ca <file>", "certificates to trust a streaming server by (default: those Node comes with)")
    .option("--tls-cert <file>", "our certificate for the streaming server")
    .option("--tls-key <file>", "its key")
    .option("--tls-server-name <name>", "the name in the streaming server's certificate (default: its host)")
    .option("--tls-sni <name>", "the same")
    .option("--insecure-skip-tls-verify", "talk to whoever answers as the streaming server")
    .option("--allow-other-host", "follow the runtime to another machine than its endpoint's") as unknown as Command<
    Args,
    Options & StreamingWords
  >;
}

/** What those words mean, for the calls of a command. @throws {UsageError} when a file cannot be read */
export async function streamingOptions(words: StreamingWords, { call }: RuntimeLine): Promise<StreamingOptions> {
  const { tlsCa, tlsCert, tlsKey, tlsSni, tlsServerName = tlsSni } = words;
  const [ca, cert, key] = await Promise.all([tlsCa, tlsCert, tlsKey].map(read));
  return {
    ...call,
    transport: words.transport,
    ca,
    cert,
    key,
    serverName: tlsServerName,
    insecureSkipVerify: words.insecureSkipTlsVerify,
    allowOtherHost: words.allowOtherHost,
  };
}

async function read(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read ${path}`, { cause: error });
  }
}
