/** The shells that crikit's words can be completed in. */
export type Shell = "bash" | "zsh" | "fish";

/**
 * A script that makes a shell ask `crikit __complete WORD...` what fits the last word. The answer is a line each: the
 * value, a TAB, what it is; `:files` stands for the names of files.
 */
export function completionScript(shell: Shell): string {
  return scripts[shell];
}

/** bash splits words at = and : too, and completes only what is behind the last of them. @see bash(1), COMP_WORDBREAKS */
const bash = `# bash completion for crikit. Load it with: source <(crikit completion bash)
_crikit() {
  local words=() part glue='' value
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
    else
      COMPREPLY+=("\${value#"$done_already"}")
    fi
  done < <("$1" __complete "\${words[@]}" 2>/dev/null)
}
complete -F _crikit crikit`;

const zsh = `#compdef crikit
# zsh completion for crikit. Put it into a folder of $fpath as _crikit, or: source <(crikit completion zsh)
_crikit() {
  local -a lines values
  local line value
  lines=("\${(@f)$("\${(Q)words[1]}" __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  for line in "\${lines[@]}"; do
    if [[ $line == :files ]]; then
      _files
      return
    fi
    [[ -z $line ]] && continue
    value=\${line%%$'\\t'*}
    values+=("\${value//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe -t crikit crikit values
}
if [[ $funcstack[1] == _crikit ]]; then
  _crikit "$@"
else
  compdef _crikit crikit
fi`;

const fish = `# fish completion for crikit. Save it as ~/.config/fish/completions/crikit.fish
function __crikit_complete
    set -l typed (commandline -opc)
    set -l current (commandline -ct)
    for line in ($typed[1] __complete $typed[2..-1] "$current" 2>/dev/null)
        if test "$line" = :files
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete -c crikit -f -a '(__crikit_complete)'`;

const scripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
