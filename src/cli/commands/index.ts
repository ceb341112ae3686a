import type { CommandSections } from "../route.ts";

/** Every command under its heading, in the order of the help. A command's own file is loaded when it is called. */
export const sections: CommandSections = {
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
