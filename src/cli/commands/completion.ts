import { UsageError } from "../../errors.ts";
import { command } from "../command.ts";
import { completionScript } from "../views/completion-script.ts";
import { oneOf } from "../words.ts";

/** `crikit completion`: the script for a shell, to be sourced by it. */
export const completion = command({
  about:
    "The script asks crikit itself at every TAB, so it stays right when crikit is updated. Ids, names and images come " +
    "from the runtime, where it answers within a second. Run as crictl it is the script for crictl; --name is for an alias.",
  examples: [
    "source <(crikit completion bash)",
    "crikit completion zsh >~/.zfunc/_crikit",
    "crikit completion fish >~/.config/fish/completions/crikit.fish",
    "source <(crikit completion bash --name crictl)",
  ],
  formats: ["text"],
  words: (words) =>
    words
      .argument("[shell]", "bash, zsh or fish", oneOf("bash", "zsh", "fish"), "bash")
      .option("--name <command>", "the command whose words are completed, such as an alias of crikit", commandName),
  run: async ({ args: [shell], options }, { invokedAs }) => {
    const { name = invokedAs } = options;
    const asked = name === invokedAs ? undefined : name === "crictl" ? "crikit crictl" : "crikit";
    return { data: shell, view: () => completionScript({ shell, name, asked }) };
  },
});

/** A name that is one word in every shell. */
function commandName(text: string): string {
  if (/^\w[\w.-]*$/u.test(text)) return text;
  throw new UsageError(`'${text}' is not a command's name: letters, digits, '_', '.' and '-' are taken`);
}
