// Makes dist/bundle out of src: what bin/crikit.js starts. One file that every command needs, and a chunk for what only some do.
//
// CommonJS, because Node compiles that in one go from a cache of our own; import() becomes require() of a chunk.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { rolldown } from "rolldown";

/** What costs every start and is for nothing here: the end of a file's path, what it says, what is said in its place. */
const changes = [
  // commander starts programs for commands that are programs. No command here is one.
  [
    "/commander/lib/command.js",
    "const childProcess = require('node:child_process');",
    "const childProcess = undefined;",
  ],
  // A time in the zone of the machine, for which an engine reads its data of zones: 6 ms with Bun, 1 with Node 22.
  [
    "/@grpc/grpc-js/build/src/backoff-timeout.js",
    "this.endTime.setMilliseconds(this.endTime.getMilliseconds() + delay);",
    "this.endTime = new Date(this.endTime.getTime() + delay);",
  ],
  [
    "/@grpc/grpc-js/build/src/backoff-timeout.js",
    "newEndTime.setMilliseconds(newEndTime.getMilliseconds() + this.nextDelay);",
    "newEndTime.setTime(newEndTime.getTime() + this.nextDelay);",
  ],
  // Calls on a unix socket look no name up, and ours are not compressed.
  ...lazily("/@grpc/grpc-js/build/src/compression-filter.js", "zlib", "zlib"),
  ...lazily("/@grpc/grpc-js/build/src/resolver-dns.js", "dns_1", "dns"),
  // crikit is no server.
  ["/@grpc/grpc-js/build/src/index.js", 'const server_1 = require("./server");', "const server_1 = {};"],
  [
    "/@grpc/grpc-js/build/src/index.js",
    'var server_interceptors_1 = require("./server-interceptors");',
    "var server_interceptors_1 = {};",
  ],
  // Imported it is copied, and Bun opens all three streams for that.
  ["/src/cli/main.ts", 'import process from "node:process";', ""],
];

/** A module of Node's loaded where it is used, not before. */
function lazily(path, name, module) {
  return [
    [path, `const ${name} = require("${module}");`, ""],
    [path, new RegExp(`\\b${name}\\.`, "gu"), `require("${module}").`],
  ];
}

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

const folder = "dist/bundle";
const bundle = await rolldown({
  input: { main: "src/cli/main.ts" },
  platform: "node",
  plugins: [withChanges],
  external: ["@grpc/proto-loader"], // grpc-js has it for services of its own that nobody here asks for
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
