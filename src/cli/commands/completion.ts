import { command } from "../command.ts";
import { completionScript } from "../views/completion-script.ts";
import { oneOf } from "../words.ts";

/** `crikit completion`: the script for a shell, to be sourced by it. */
export const completion = command({
  about: "The script asks crikit itself at every TAB, so it stays right when crikit is updated.",
  examples: [
    "source <(crikit completion bash)",
    "crikit completion zsh >~/.zfunc/_crikit",
    "crikit completion fish >~/.config/fish/completions/crikit.fish",
  ],
  formats: ["text"],
  words: (words) => words.argument("[shell]", "bash, zsh or fish", oneOf("bash", "zsh", "fish"), "bash"),
  run: async ({ args: [shell] }) => ({ data: shell, view: completionScript }),
});
