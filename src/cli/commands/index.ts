import type { CommandSections } from "../route.ts";

/** Every command under its heading, in the order of the help. A command's own file is loaded when it is called. */
export const sections: CommandSections = {
  "What a pod shares": {
    demo: {
      summary: "make a pod and measure what its containers share",
      load: async () => (await import("./demo.ts")).demo,
    },
  },
  "The runtime": {
    version: {
      summary: "show the versions of the runtime and of CRI",
      load: async () => (await import("./version.ts")).version,
    },
  },
  "The shell": {
    completion: {
      summary: "print a script that lets a shell complete crikit's words",
      load: async () => (await import("./completion.ts")).completion,
    },
  },
};
