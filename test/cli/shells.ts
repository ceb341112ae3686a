import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { cleanEnv, crikitPath, ended, onTerminal, shell } from "./crikit.ts";

/** Real shells that have crikit's completion loaded, with `crikit` and `crictl` in their PATH. */
export interface Shells extends Disposable {
  /** What bash offers for a line that ends where the cursor is, split into words as bash splits it. */
  bash(...words: readonly string[]): Promise<readonly string[]>;
  /** What fish offers for a line, with what it says of each behind a TAB. */
  fish(line: string): Promise<readonly string[]>;
  /** What zsh offers when TAB is pressed behind a line. */
  zsh(line: string): Promise<readonly string[]>;
  /** The line that stands at a prompt after these keys, ended by Enter, were typed. */
  typed(shell: "bash" | "zsh" | "fish", keys: string): Promise<string>;
}

/** What the shells are given. */
export interface ShellOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The command that is completed, and how its script is asked for. */
  readonly name?: string;
  readonly script?: string;
}

export function shells({ env = {}, name = "crikit", script = `${name} completion` }: ShellOptions = {}): Shells {
  const folder = mkdtempSync(join(tmpdir(), "crikit-shells-"));
  for (const file of ["crikit", "crictl"]) symlinkSync(crikitPath, join(folder, file));
  const log = join(folder, "log");
  const all = { ...env, PATH: `${folder}:${process.env["PATH"] ?? ""}`, HOME: folder, XDG_DATA_HOME: folder, LOG: log };

  /** Types into a shell on a terminal of its own, and gives what it wrote into $LOG. */
  async function type(command: string, lines: readonly string[]): Promise<readonly string[]> {
    rmSync(log, { force: true });
    const child = onTerminal(command, { ...all, PS1: "$ ", COLUMNS: "200", LINES: "50" });
    child.stdin.end(lines.map((line) => `${line}\n`).join(""));
    const { stdout } = await ended(child);
    try {
      return readFileSync(log, "utf8").trimEnd().split("\n");
    } catch {
      throw new Error(`nothing was typed: ${stdout}`);
    }
  }

  // Enter notes the line in place of running it.
  const setup = {
    bash: [
      `source <(${script} bash)`,
      `note() { printf 'line %s\\n' "$READLINE_LINE" >>$LOG; READLINE_LINE=; }`,
      `bind -x '"\\ee": note'`,
    ],
    zsh: [
      `autoload -Uz compinit && compinit -u -D; source <(${script} zsh)`,
      `note() { [[ $BUFFER == exit ]] || { print -r -- "line $BUFFER" >>$LOG; BUFFER='' }; zle .accept-line }; zle -N note`,
    ],
    fish: [
      `${script} fish | source`,
      `function note; test "$(commandline)" = exit; and exit; printf 'line %s\\n' "$(commandline)" >>$LOG; commandline ''; end`,
      "bind \\r note; bind \\n note",
    ],
  };
  const programs = { bash: "bash --norc -i", zsh: "zsh -f -i", fish: "fish --no-config -i" };

  return {
    async bash(...words) {
      const list = words.map((word) => `'${word}'`).join(" ");
      const { stdout, stderr } = await shell(
        `source <(${script} bash); COMP_WORDS=(${name} ${list}); COMP_CWORD=${words.length}
         f=$(complete -p ${name}); f=\${f#*-F }; \${f% *} ${name}; printf '%s\\n' "\${COMPREPLY[@]}"`,
        all,
      );
      expect(stderr).toBe("");
      return stdout.split("\n").filter((line) => line !== "");
    },
    async fish(line) {
      const child = spawn("fish", ["--no-config", "-c", `${script} fish | source; complete -C $argv[1]`, line], {
        env: { ...cleanEnv(), ...all },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const { stdout, stderr } = await ended(child);
      expect(stderr).toBe("");
      return stdout.split("\n").filter((each) => each !== "");
    },
    async zsh(line) {
      const noted = await type(programs.zsh, [
        ...setup.zsh,
        // compadd itself says what fits, when it is given a list to put it into.
        `compadd() { if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
         local -a hits; builtin compadd -A hits "$@"; (( $#hits )) && print -rl -- $hits >>$LOG; builtin compadd "$@" }`,
        `${line}\t`,
        "exit",
      ]);
      return noted.filter((each) => !each.startsWith("line ") && each !== "");
    },
    async typed(which, keys) {
      const start = [...setup[which], ...(which === "zsh" ? ["bindkey '^J' note '^M' note"] : [])];
      const noted = await type(programs[which], [...start, which === "bash" ? `${keys}\u001be` : keys, "exit"]);
      return (
        noted
          .find((each) => each.startsWith("line "))
          ?.slice("line ".length)
          .trimEnd() ?? ""
      );
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}
