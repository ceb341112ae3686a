/** The shells that crikit's words can be completed in. */
export type Shell = "bash" | "zsh" | "fish";

/** What a completion script is for. */
export interface Completed {
  readonly shell: Shell;
  /** The command whose words are completed, such as `crikit` or `crictl`: letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  /** What is asked, as the shell writes it, where that is not the command itself: for an alias. */
  readonly asked?: string | undefined;
}

/**
 * A script that makes a shell ask `crikit __complete WORD...` what fits the last word. The answer is a line each: the
 * value, a TAB, what it is; `:files` stands for the names of files. No value is ever run or expanded by the shell: it is
 * quoted as a word when it is put on the command line. The command is asked under the path that is typed, of which `~/` is
 * expanded and nothing else.
 */
export function completionScript({ shell, name, asked }: Completed): string {
  return scripts[shell]({ name, asked, run: `_crikit_${name.replace(/[^\dA-Za-z]/gu, "_")}` });
}

interface Parts {
  readonly name: string;
  readonly asked: string | undefined;
  /** Name of the shell's function. */
  readonly run: string;
}

type Script = (parts: Parts) => string;

/** bash splits words at = and : too, and completes only what is behind the last of them. @see bash(1), COMP_WORDBREAKS */
const bash: Script = ({
  name,
  asked,
  run,
}) => `# bash completion for ${name}. Load it with: source <(${name} completion bash)
${run}() {
  local program=\${1//\\\\/} words=() part glue='' value
  [[ $program == \\~/* ]] && program=$HOME\${program:1}
  for part in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ \${#words[@]} -gt 0 && ( $part == [=:]* || -n $glue ) ]]; then
      words[-1]+=$part
    else
      words+=("$part")
    fi
    glue=''
    [[ $part == *[=:] ]] && glue=1
  done
  local current=\${words[-1]-}
  local done_already=''
  [[ $current == *[=:]* ]] && done_already=\${current%"\${current##*[=:]}"}
  COMPREPLY=()
  while IFS=$'\\t' read -r value _; do
    if [[ $value == :files ]]; then
      compopt -o default 2>/dev/null
      continue
    fi
    value=\${value#"$done_already"}
    [[ $value == *= ]] && compopt -o nospace 2>/dev/null
    [[ $value == *[!A-Za-z0-9_./:=@%+,-]* ]] && printf -v value %q "$value"
    COMPREPLY+=("$value")
  done < <(${asked ?? '"$program"'} __complete "\${words[@]}" 2>/dev/null)
}
complete -F ${run} ${name}`;

/** In a file of \`$fpath\` the text itself is the function, of the file's name; sourced, it has to be told of. */
const zsh: Script = ({ name, asked, run }) => `#compdef ${name}
# zsh completion for ${name}. Put it into a folder of $fpath as _${name}, or: source <(${name} completion zsh)
${run}() {
  local -a lines values open
  local line value about
  lines=("\${(@f)$(${asked ?? '"${${(Q)words[1]}/#\\~\\//$HOME/}"'} __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${lines[@]}"; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    [[ -z $line ]] && continue
    value=\${line%%$'\\t'*}
    about=\${line#*$'\\t'}
    value=\${value//\\\\/\\\\\\\\}
    value=\${value//:/\\\\:}\${about:+:$about}
    if [[ $line == *=$'\\t'* ]]; then open+=("$value"); else values+=("$value"); fi
  done
  _describe -t values ${name} values -- open -S ''
}
if [[ $funcstack[1] == _${name} ]]; then
  ${run} "$@"
else
  compdef ${run} ${name}
fi`;

const fish: Script = ({
  name,
  asked,
  run,
}) => `# fish completion for ${name}. Save it as ~/.config/fish/completions/${name}.fish
function ${run}
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $typed[1])
    for line in (${asked ?? "$program"} __complete $typed[2..-1] "$current" 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path "$current"
        else
            printf '%s\\n' "$line"
        end
    end
end
complete -c ${name} -f -a '(${run})'`;

const scripts: Readonly<Record<Shell, Script>> = { bash, zsh, fish };
