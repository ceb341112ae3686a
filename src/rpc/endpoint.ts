import { UsageError } from "../errors.ts";

/** Where a runtime listens, in the one spelling that the rest of crikit uses. */
export type Endpoint =
  | { readonly kind: "unix"; readonly text: `unix://${string}`; readonly path: string }
  | { readonly kind: "tcp"; readonly text: `tcp://${string}`; readonly host: string; readonly port: number };

/** `sockaddr_un.sun_path` holds 108 bytes with its closing NUL: unix(7). Beyond it connect(2) says ENOENT, which misleads. */
const longestSocketPathBytes = 107;

/**
 * Reads an endpoint as people write it: `unix:///run/x.sock`, `unix:/run/x.sock`, a bare absolute path, or
 * `tcp://host:port`.
 *
 * @throws {UsageError} for anything else; nothing was opened
 */
export function parseEndpoint(text: string): Endpoint {
  const trimmed = text.trim();
  if (trimmed === "") throw new UsageError("the runtime endpoint is empty", { hint: spellings });
  if (trimmed.startsWith("/")) return unixEndpoint(trimmed);
  const scheme = /^([a-z][a-z0-9+.-]*):/iu.exec(trimmed)?.[1]?.toLowerCase();
  if (scheme === "unix") return unixEndpoint(trimmed.slice("unix:".length).replace(/^\/\//u, ""));
  if (scheme === "tcp") return tcpEndpoint(trimmed);
  throw new UsageError(
    scheme === undefined
      ? `'${trimmed}' is not an endpoint: a socket path has to be absolute`
      : `'${trimmed}' is not an endpoint: crikit does not speak ${scheme}`,
    { hint: spellings },
  );
}

const spellings = "write unix:///run/containerd/containerd.sock, an absolute path, or tcp://host:port";

function unixEndpoint(path: string): Endpoint {
  if (!path.startsWith("/")) throw new UsageError(`'unix:${path}' is not an absolute socket path`, { hint: spellings });
  if (path.includes("\0")) throw new UsageError("a socket path cannot hold a NUL byte", { hint: spellings });
  const bytes = Buffer.byteLength(path);
  if (bytes > longestSocketPathBytes) {
    throw new UsageError(`the socket path is ${bytes} bytes long, and the kernel takes ${longestSocketPathBytes}`, {
      hint: "use a shorter path, or a short symbolic link to its folder",
    });
  }
  return { kind: "unix", text: `unix://${path}`, path };
}

function tcpEndpoint(text: string): Endpoint {
  const match = /^tcp:\/\/(?:\[(?<six>[0-9a-f:.]+)\]|(?<host>[a-z0-9._-]+)):(?<port>\d{1,5})\/?$/iu.exec(text);
  const port = Number(match?.groups?.["port"]);
  const host = match?.groups?.["six"] ?? match?.groups?.["host"];
  if (host === undefined || port < 1 || port > 65_535) {
    throw new UsageError(`'${text}' is not an endpoint: tcp needs a host and a port`, { hint: spellings });
  }
  return { kind: "tcp", text: `tcp://${host.includes(":") ? `[${host}]` : host}:${port}`, host, port };
}
