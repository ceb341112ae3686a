import type { CommandSections } from "../route.ts";

/** Every command under its heading, in the order of the help. A command's own file is loaded when it is called. */
export const sections: CommandSections = {
  "What a pod shares": {
    demo: {
      summary: "make a pod and measure what its containers share",
      load: async () => (await import("./demo.ts")).demo,
    },
    verify: {
      summary: "measure whether pods share what they were promised",
      load: async () => (await import("./verify.ts")).verify,
    },
    tree: {
      summary: "draw pods, what anchors them, their containers and processes",
      load: async () => (await import("./tree.ts")).tree,
    },
    which: {
      summary: "find the pod behind a process, port, address, namespace or interface",
      load: async () => (await import("./which.ts")).which,
    },
    peer: {
      summary: "show the host's side of a pod's network",
      load: async () => (await import("./peer.ts")).peer,
    },
    diff: {
      summary: "show which namespaces two pods share",
      load: async () => (await import("./diff.ts")).diff,
    },
    netns: {
      summary: "the network namespaces of this machine",
      commands: {
        ls: { summary: "list them, with whose they are", load: async () => (await import("./netns/ls.ts")).ls },
        names: { summary: "list their names", load: async () => (await import("./netns/names.ts")).names },
        name: {
          summary: "make 'ip netns' know a pod's",
          load: async () => (await import("./netns/name.ts")).name,
        },
        unname: { summary: "take such a name away", load: async () => (await import("./netns/unname.ts")).unname },
        exec: {
          summary: "run a program of this machine in one",
          load: async () => (await import("./netns/exec.ts")).exec,
        },
        addr: { summary: "show the interfaces of one", load: async () => (await import("./netns/addr.ts")).addr },
        route: { summary: "show the routes of one", load: async () => (await import("./netns/route.ts")).route },
        sockets: {
          summary: "show the sockets of one, with who holds them",
          load: async () => (await import("./netns/sockets.ts")).sockets,
        },
        gc: {
          summary: "take away the names that nobody needs",
          load: async () => (await import("./netns/gc.ts")).gc,
        },
      },
    },
  },
  "Pod sandboxes": {
    pods: { summary: "list pod sandboxes", load: async () => (await import("./pods.ts")).pods },
    inspectp: {
      summary: "show all that the runtime says of pod sandboxes",
      load: async () => (await import("./inspectp.ts")).inspectp,
    },
    runp: { summary: "run a pod sandbox from a config", load: async () => (await import("./runp.ts")).runp },
    stopp: { summary: "stop pod sandboxes", load: async () => (await import("./stopp.ts")).stopp },
    rmp: { summary: "remove pod sandboxes", load: async () => (await import("./rmp.ts")).rmp },
    "port-forward": {
      summary: "make ports of this machine lead into a pod",
      load: async () => (await import("./port-forward.ts")).portForward,
    },
    updatep: {
      summary: "tell the runtime what a pod may use",
      load: async () => (await import("./updatep.ts")).updatep,
    },
    checkpointp: {
      summary: "save the state of a pod",
      load: async () => (await import("./checkpointp.ts")).checkpointp,
    },
    restorep: {
      summary: "make a pod from a state that was saved",
      load: async () => (await import("./restorep.ts")).restorep,
    },
  },
  Containers: {
    run: {
      summary: "run a pod with a container, from an image or from configs",
      load: async () => (await import("./run.ts")).run,
    },
    ps: { summary: "list containers", load: async () => (await import("./ps.ts")).ps },
    inspect: {
      summary: "show all that the runtime says of containers",
      load: async () => (await import("./inspect.ts")).inspect,
    },
    logs: { summary: "show what containers have written", load: async () => (await import("./logs.ts")).logs },
    exec: { summary: "run a program in containers", load: async () => (await import("./exec.ts")).exec },
    attach: {
      summary: "show and feed the streams of a container's main process",
      load: async () => (await import("./attach.ts")).attach,
    },
    cp: { summary: "copy files from and to containers", load: async () => (await import("./cp.ts")).cp },
    wait: {
      summary: "wait for containers to end, and end as they did",
      load: async () => (await import("./wait.ts")).wait,
    },
    stop: { summary: "stop containers", load: async () => (await import("./stop.ts")).stop },
    restart: { summary: "run containers again", load: async () => (await import("./restart.ts")).restart },
    rm: { summary: "remove containers", load: async () => (await import("./rm.ts")).rm },
    create: {
      summary: "create a container in a pod from a config",
      load: async () => (await import("./create.ts")).create,
    },
    start: { summary: "start containers that were created", load: async () => (await import("./start.ts")).start },
    update: { summary: "change limits of containers", load: async () => (await import("./update.ts")).update },
    checkpoint: {
      summary: "save the state of a container",
      load: async () => (await import("./checkpoint.ts")).checkpoint,
    },
  },
  Images: {
    images: {
      summary: "list images",
      aliases: ["image", "img"],
      load: async () => (await import("./images.ts")).images,
    },
    inspecti: {
      summary: "show all that the runtime says of images",
      load: async () => (await import("./inspecti.ts")).inspecti,
    },
    history: { summary: "show how an image was made", load: async () => (await import("./history.ts")).history },
    pull: {
      summary: "fetch images from their registries",
      load: async () => (await import("./pull.ts")).pull,
    },
    load: {
      summary: "load images from an archive or a folder",
      load: async () => (await import("./load.ts")).load,
    },
    tag: { summary: "give an image another name", load: async () => (await import("./tag.ts")).tag },
    untag: { summary: "take a name away from an image", load: async () => (await import("./untag.ts")).untag },
    rmi: { summary: "delete images", load: async () => (await import("./rmi.ts")).rmi },
    imagefsinfo: {
      summary: "show where images are kept, and what they take",
      load: async () => (await import("./imagefsinfo.ts")).imagefsinfo,
    },
  },
  "What happens, and what is used": {
    events: {
      summary: "show what happens to pods and containers, as it happens",
      aliases: ["event"],
      load: async () => (await import("./events.ts")).events,
    },
    stats: { summary: "show what containers use", load: async () => (await import("./stats.ts")).stats },
    statsp: { summary: "show what pod sandboxes use", load: async () => (await import("./statsp.ts")).statsp },
    top: {
      summary: "show what uses most, or the processes of a container",
      load: async () => (await import("./top.ts")).top,
    },
    metricsp: {
      summary: "show the metrics of pod sandboxes and their containers",
      load: async () => (await import("./metricsp.ts")).metricsp,
    },
    metricdescs: {
      summary: "show what metrics there are",
      load: async () => (await import("./metricdescs.ts")).metricdescs,
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
    "update-runtime-config": {
      summary: "tell the runtime the addresses of the node's pods",
      load: async () => (await import("./update-runtime-config.ts")).updateRuntimeConfig,
    },
    prune: {
      summary: "remove what nobody needs: exited containers, stopped pods, unused images",
      load: async () => (await import("./prune.ts")).prune,
    },
    rpc: {
      summary: "call any method by its name, or describe it",
      load: async () => (await import("./rpc.ts")).rpc,
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
  "Files and the shell": {
    init: { summary: "print a config file to start from", load: async () => (await import("./init.ts")).init },
    jsonschema: {
      summary: "print the JSON schema of a config file",
      load: async () => (await import("./jsonschema.ts")).jsonschema,
    },
    config: {
      summary: "show or change crictl's configuration file",
      load: async () => (await import("./config.ts")).config,
    },
    completion: {
      summary: "print a script that lets a shell complete crikit's words",
      load: async () => (await import("./completion.ts")).completion,
    },
  },
};
