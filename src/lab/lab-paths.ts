import { LabError } from "../errors.ts";

/** Where labs live that were given no folder of their own, and where every lab is noted by its name. */
export const labsFolder = "/var/lib/crikit/labs";

/** Everything a lab has, by its place in the lab's one folder. */
export interface LabPaths {
  readonly dir: string;
  readonly record: string;
  readonly socket: string;
  readonly config: string;
  readonly log: string;
  /** containerd's persistent data. */
  readonly root: string;
  /** containerd's running state: bundles, pinned network namespaces, runc's own state. */
  readonly state: string;
  readonly temp: string;
  readonly opt: string;
  readonly cniConfig: string;
  readonly ipam: string;
  /** One folder a registry host, each with a `hosts.toml`. Empty at first. */
  readonly registries: string;
  readonly saboteurs: string;
  /** For what containerd would look for in folders of the machine; stays empty. */
  readonly nothing: string;
}

/** The places in a lab's folder. */
export function labPaths(dir: string): LabPaths {
  return {
    dir,
    record: `${dir}/lab.json`,
    socket: `${dir}/containerd.sock`,
    config: `${dir}/config.toml`,
    log: `${dir}/containerd.log`,
    root: `${dir}/root`,
    state: `${dir}/state`,
    temp: `${dir}/tmp`,
    opt: `${dir}/opt`,
    cniConfig: `${dir}/cni`,
    ipam: `${dir}/ipam`,
    registries: `${dir}/registries`,
    saboteurs: `${dir}/saboteurs`,
    nothing: `${dir}/nothing`,
  };
}

/** `sockaddr_un.sun_path` holds 108 bytes with its closing NUL: unix(7). containerd's second socket ends in `.ttrpc`. */
const longestDirBytes = 107 - "/containerd.sock.ttrpc".length;

/**
 * Refuses a folder that a lab cannot live in, before anything is made.
 *
 * @param dir absolute and normalised
 * @throws {LabError} when its sockets' paths would be too long, or overlayfs, TOML or CNI could misread it
 */
export function requireUsableDir(dir: string): void {
  const bytes = Buffer.byteLength(dir);
  if (bytes > longestDirBytes) {
    throw new LabError(
      `the lab's folder is ${bytes} bytes long, and ${longestDirBytes} is the most that leaves room for its sockets`,
      { hint: "choose a shorter folder: the kernel takes 107 bytes for the path of a socket" },
    );
  }
  // Commas and colons separate overlayfs's options and folders; nobody needs the rest.
  if (!/^(?:\/[A-Za-z0-9_@+-][A-Za-z0-9._@+-]*)+$/u.test(dir)) {
    throw new LabError(`'${dir}' cannot be a lab's folder`, {
      hint: "an absolute path of letters, digits and '._@+-'; no part of it may begin with a dot",
    });
  }
}

/**
 * Refuses a lab's name that would not do as part of a file's name and of a CNI network's.
 *
 * @throws {LabError}
 */
export function requireUsableName(name: string): void {
  if (/^[a-z0-9][a-z0-9-]{0,31}$/u.test(name)) return;
  throw new LabError(`'${name}' cannot be a lab's name`, {
    hint: "lower-case letters, digits and '-', 32 at most, the first one a letter or a digit",
  });
}
