// Makes dist/bundle out of src: what bin/crikit.js starts. One file that every command needs, and a chunk for what only some do.
//
// CommonJS, because Node compiles that in one go from a cache of our own; import() becomes require() of a chunk.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { rolldown } from "rolldown";

/** What costs every start and is for nothing here: the end of a file's path, what it says, what is said in its place. */
const changes = [
  // commander starts programs for commands that are programs. No command here is one.
  [
    "/commander/lib/command.js",
    "const childProcess = require('node:child_process');",
    "const childProcess = undefined;",
  ],
  // Imported it is copied, and Bun opens all three streams for that.
  ["/src/cli/main.ts", 'import process from "node:process";', ""],
];

const withChanges = {
  name: "with-changes",
  transform(code, id) {
    return changes
      .filter(([end]) => id.endsWith(end))
      .reduce((text, [, before, after]) => {
        const changed = text.replace(before, after);
        if (changed === text) throw new TypeError(`${id} no longer says ${before}`);
        return changed;
      }, code);
  },
};

/**
 * Messages of the stubs are made when they are first used. A command uses a dozen of CRI's 173, and an engine that reads compiled
 * code reads all of it that is not inside a function which was never called.
 */
const lazyMessages = {
  name: "lazy-messages",
  transform(code, id) {
    if (!/\/src\/gen\/.*\.ts$/u.test(id)) return undefined;
    let count = 0;
    const text = code.replace(/^(export const \w+: MessageFns<\s*\w+\s*>) = (\{$.*?^\});$/gmsu, (_, head, body) => {
      count += 1;
      return `${head} = madeWhenUsed(() => (${body}));`;
    });
    if (id.endsWith("/runtime/v1/api.ts") && count < 170)
      throw new TypeError(`${id}: ${count} messages are understood`);
    return count === 0 ? undefined : `import { madeWhenUsed } from "${resolve("hack/made-when-used.ts")}";\n${text}`;
  },
};

const folder = "dist/bundle";
const bundle = await rolldown({
  input: { main: "src/cli/main.ts" },
  platform: "node",
  plugins: [withChanges, lazyMessages],
  transform: { target: "node20.19" }, // which has no `await using`
  onLog: (level, log, next) => {
    // A file that is imported both ways is in the chunk of the one that needs it first.
    if (log.code !== "INEFFECTIVE_DYNAMIC_IMPORT") next(level, log);
  },
});
const { output } = await bundle.write({
  dir: folder,
  format: "cjs",
  // Names stay: stack traces are read by people, and errors are known by their class's name.
  minify: { compress: true, mangle: false, codegen: true },
  comments: false,
  dynamicImportInCjs: false,
  entryFileNames: "[name].cjs",
  chunkFileNames: "[name].cjs",
});

// V8 knows a cache of compiled code by the length of its source alone, so the launcher has to know the bundle.
const hash = createHash("sha256");
for (const { fileName, code } of output.toSorted((a, b) => (a.fileName < b.fileName ? -1 : 1))) {
  hash.update(`${fileName}\0${code}\0`);
}
writeFileSync(`${folder}/id`, hash.digest("hex").slice(0, 16));

// For tests, which say what a command may load. Not published.
const modulesOf = Object.fromEntries(
  output.map(({ fileName, modules }) => [
    fileName,
    Object.entries(modules)
      .filter(([, { code }]) => (code ?? "").trim() !== "")
      .map(([path]) => relative(process.cwd(), path)),
  ]),
);
writeFileSync(`${folder}/modules.json`, JSON.stringify(modulesOf));
