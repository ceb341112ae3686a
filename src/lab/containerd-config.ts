import { pauseImage } from "../images/lab-images.ts";
import type { LabPaths } from "./lab-paths.ts";
import type { TomlTable } from "./toml.ts";

/** What a lab's containerd is told. */
export interface ContainerdSettings {
  readonly version: { readonly major: number; readonly minor: number };
  readonly paths: LabPaths;
  readonly snapshotter: string;
  readonly restrictOomScoreAdj: boolean;
  readonly disableAppArmor: boolean;
  /** Folder of the CNI plugins. */
  readonly cniPlugins: string;
  /** Runtime handlers by name, each with the absolute path of its OCI runtime. The first is the default. */
  readonly handlers: Readonly<Record<string, string>>;
}

/**
 * containerd's configuration for a lab: config version 2 for 1.6 and 1.7, version 3 for 2.x. Every path that has a
 * default on the machine is named, so that a lab reads and writes nothing outside its folder but what has no setting: the
 * shims' sockets, libcni's cache, the pods' cgroups.
 *
 * @see containerd-config.toml(5); docs/cri/config.md of containerd
 */
export function containerdConfig(settings: ContainerdSettings): TomlTable {
  const { paths, version } = settings;
  return {
    version: version.major >= 2 ? 3 : 2,
    root: paths.root,
    state: paths.state,
    temp: paths.temp,
    imports: [],
    // They would load kernel modules to find out whether they can work.
    disabled_plugins: ["aufs", "blockfile", "btrfs", "devmapper", "erofs", "zfs"].map(
      (name) => `io.containerd.snapshotter.v1.${name}`,
    ),
    grpc: { address: paths.socket },
    plugins: {
      "io.containerd.internal.v1.opt": { path: paths.opt },
      // Its socket is one for the whole machine.
      ...(version.major >= 2 || version.minor >= 7 ? { "io.containerd.nri.v1.nri": { disable: true } } : {}),
      ...(version.major >= 2 ? criPlugins(settings) : { "io.containerd.grpc.v1.cri": criPlugin(settings) }),
    },
  };
}

/** 1.6 and 1.7: one plugin for all of CRI. */
function criPlugin(settings: ContainerdSettings): TomlTable {
  const { paths, version } = settings;
  return {
    ...streaming,
    ...runtimeSettings(settings),
    sandbox_image: pauseImage,
    ...(version.minor >= 7 ? { cdi_spec_dirs: [paths.nothing] } : {}),
    containerd: { ...runtimes(settings), snapshotter: settings.snapshotter },
    cni: { bin_dir: settings.cniPlugins, conf_dir: paths.cniConfig },
    registry: { config_path: paths.registries },
  };
}

/** 2.x: runtime, images and streaming are plugins of their own, and pulls go through the transfer service. */
function criPlugins(settings: ContainerdSettings): TomlTable {
  const { paths, snapshotter, version } = settings;
  const plugins = version.minor >= 1 ? { bin_dirs: [settings.cniPlugins] } : { bin_dir: settings.cniPlugins };
  return {
    "io.containerd.grpc.v1.cri": streaming,
    "io.containerd.cri.v1.runtime": {
      ...runtimeSettings(settings),
      cdi_spec_dirs: [paths.nothing],
      containerd: runtimes(settings),
      cni: { ...plugins, conf_dir: paths.cniConfig },
    },
    "io.containerd.cri.v1.images": {
      snapshotter,
      pinned_images: { sandbox: pauseImage },
      registry: { config_path: paths.registries },
    },
    "io.containerd.transfer.v1.local": {
      config_path: paths.registries,
      ...(snapshotter === "overlayfs" ? {} : { unpack_config: [{ platform: "linux", snapshotter }] }),
    },
    "io.containerd.image-verifier.v1.bindir": { bin_dir: paths.nothing },
  };
}

const streaming: TomlTable = { stream_server_address: "127.0.0.1", stream_server_port: "0" };

function runtimeSettings({ restrictOomScoreAdj, disableAppArmor }: ContainerdSettings): TomlTable {
  return {
    restrict_oom_score_adj: restrictOomScoreAdj,
    disable_apparmor: disableAppArmor,
    // Pins in the lab's own folder, not in /run/netns among the machine's.
    netns_mounts_under_state_dir: true,
  };
}

function runtimes({ handlers, paths }: ContainerdSettings): TomlTable {
  return {
    default_runtime_name: Object.keys(handlers)[0] ?? "",
    runtimes: Object.fromEntries(
      Object.entries(handlers).map(([name, binary]) => [
        name,
        {
          runtime_type: "io.containerd.runc.v2",
          // Without a root of its own, runc's state goes to /run/containerd/runc.
          options: { BinaryName: binary, Root: `${paths.state}/oci` },
        },
      ]),
    ),
  };
}
