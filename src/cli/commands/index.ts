import type { CommandSections } from "../route.ts";

/** Every command under its heading, in the order of the help. A command's own file is loaded when it is called. */
export const sections: CommandSections = {
  "What a pod shares": {
    demo: {
      summary: "make a pod and measure what its containers share",
      load: async () => (await import("./demo.ts")).demo,
    },
  },
  "Pod sandboxes": {
    pods: { summary: "list pod sandboxes", load: async () => (await import("./pods.ts")).pods },
    stopp: { summary: "stop pod sandboxes", load: async () => (await import("./stopp.ts")).stopp },
    rmp: { summary: "remove pod sandboxes", load: async () => (await import("./rmp.ts")).rmp },
    inspectp: {
      summary: "show all that the runtime says of pod sandboxes",
      load: async () => (await import("./inspectp.ts")).inspectp,
    },
  },
  Containers: {
    ps: { summary: "list containers", load: async () => (await import("./ps.ts")).ps },
    stop: { summary: "stop containers", load: async () => (await import("./stop.ts")).stop },
    rm: { summary: "remove containers", load: async () => (await import("./rm.ts")).rm },
    wait: {
      summary: "wait for containers to end, and end as they did",
      load: async () => (await import("./wait.ts")).wait,
    },
    logs: { summary: "show what containers have written", load: async () => (await import("./logs.ts")).logs },
    inspect: {
      summary: "show all that the runtime says of containers",
      load: async () => (await import("./inspect.ts")).inspect,
    },
  },
  "What is used": {
    stats: { summary: "show what containers use", load: async () => (await import("./stats.ts")).stats },
    statsp: { summary: "show what pod sandboxes use", load: async () => (await import("./statsp.ts")).statsp },
    metricsp: {
      summary: "show the metrics of pod sandboxes and their containers",
      load: async () => (await import("./metricsp.ts")).metricsp,
    },
    metricdescs: {
      summary: "show what metrics there are",
      load: async () => (await import("./metricdescs.ts")).metricdescs,
    },
    top: {
      summary: "show what uses most, or the processes of a container",
      load: async () => (await import("./top.ts")).top,
    },
  },
  "The runtime": {
    version: {
      summary: "show the versions of the runtime and of CRI",
      load: async () => (await import("./version.ts")).version,
    },
    info: { summary: "show the state of the runtime", load: async () => (await import("./info.ts")).info },
    "runtime-config": {
      summary: "show how the runtime is set up",
      load: async () => (await import("./runtime-config.ts")).runtimeConfig,
    },
    rpc: {
      summary: "call any method by its name, or describe it",
      load: async () => (await import("./rpc.ts")).rpc,
    },
  },
  Images: {
    pull: {
      summary: "fetch images from their registries",
      load: async () => (await import("./pull.ts")).pull,
    },
    load: {
      summary: "load images from an archive or a folder",
      load: async () => (await import("./load.ts")).load,
    },
  },
  "Config files": {
    init: { summary: "print a config file to start from", load: async () => (await import("./init.ts")).init },
    jsonschema: {
      summary: "print the JSON schema of a config file",
      load: async () => (await import("./jsonschema.ts")).jsonschema,
    },
  },
  "A runtime to try things on": {
    lab: {
      summary: "a private, throw-away containerd",
      commands: {
        up: { summary: "bring a lab up", load: async () => (await import("./lab/up.ts")).up },
        down: {
          summary: "take a lab down, with every trace of it",
          load: async () => (await import("./lab/down.ts")).down,
        },
        status: {
          summary: "list the labs of this machine",
          load: async () => (await import("./lab/status.ts")).status,
        },
        env: { summary: "print what points a shell at a lab", load: async () => (await import("./lab/env.ts")).env },
      },
    },
  },
  "The shell": {
    completion: {
      summary: "print a script that lets a shell complete crikit's words",
      load: async () => (await import("./completion.ts")).completion,
    },
  },
};
