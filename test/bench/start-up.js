// From the start of a process to its end: the npm bin, the executable, a program that embeds the library; crictl where there is one.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { arch, env } from "node:process";
import { command, inTurns, program, row } from "./measure.js";

const rounds = 21;
const executable = `dist/crikit-linux-${arch}`;
const rpc = "/runtime.v1.RuntimeService/ListContainers";

/** `node -e 0`, one call over bare http2 on either engine, and everything of ours against them. */
export async function measure({ socket }) {
  const scratch = mkdtempSync(join(tmpdir(), "crikit-bench-"));
  try {
    const crictl = spawnSync("sh", ["-c", "command -v crictl"]).stdout.toString().trim();
    const floor = bareExecutable(scratch, "plain");
    const sameFloor = bareExecutable(scratch, "same", ourOptions);
    env.CONTAINER_RUNTIME_ENDPOINT = `unix://${socket}`; // as whoever types `crikit ps` has it
    const ms = await inTurns(
      {
        node: program("-e", "0"),
        http2: program("test/bench/bare-http2-main.cjs", socket, rpc),
        help: program("bin/crikit.js", "--help"),
        version: program("bin/crikit.js", "version"),
        ps: program("bin/crikit.js", "ps", "-q"),
        list: program("test/bench/list-program.js", socket),
        exeFloor: command(floor, socket, rpc),
        exeSameFloor: command(sameFloor, socket, rpc),
        exeHelp: command(executable, "--help"),
        exePs: command(executable, "ps", "-q"),
        ...(crictl === "" ? {} : { crictl: command(crictl, "-r", `unix://${socket}`, "ps", "-q") }),
      },
      rounds,
    );
    return [
      row("crikit --help", "node -e 0", ms.help, ms.node),
      row("crikit version", "node -e 0", ms.version, ms.node),
      row("crikit ps -q", "node -e 0", ms.ps, ms.node),
      row("crikit ps -q", "one call over bare http2", ms.ps, ms.http2),
      row("a program that lists pods once", "one call over bare http2", ms.list, ms.http2),
      row("executable --help", "node -e 0", ms.exeHelp, ms.node),
      row("executable ps -q", "one call over bare http2, compiled by Bun", ms.exePs, ms.exeFloor),
      row("executable ps -q", "the same, compiled with our options", ms.exePs, ms.exeSameFloor),
      ...(crictl === "" ? [] : [row("executable ps -q", "crictl ps -q", ms.exePs, ms.crictl)]),
    ];
  } finally {
    delete env.CONTAINER_RUNTIME_ENDPOINT;
    rmSync(scratch, { recursive: true });
  }
}

/** What hack/build-executable.js says to Bun beside what it has to. */
const ourOptions = [
  "--minify-whitespace",
  "--compile-jit-policy=10",
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
];

/** The floor on the executable's own engine. */
function bareExecutable(folder, name, options = []) {
  if (!existsSync(executable)) throw new TypeError(`${executable} is missing: npm run build:executable`);
  const out = join(folder, name);
  const words = [
    "build",
    "--compile",
    "--bytecode",
    "--format=cjs",
    ...options,
    "test/bench/bare-http2-main.cjs",
    "--outfile",
    out,
  ];
  execFileSync("node_modules/.bin/bun", words, { stdio: ["ignore", "ignore", "inherit"] });
  return out;
}
