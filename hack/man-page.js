// crikit.1, in roff, out of the commands: pure. hack/build-man-page.js writes it.

/** Text as roff prints it and does not obey it. @see groff_char(7), groff_man(7) */
export function roff(text) {
  const marks = { "\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti" };
  return text
    .replaceAll(/[\\\-'`^~]/gu, (mark) => marks[mark])
    .replaceAll(/[^\n\x20-\x7e]/gu, (mark) => `\\[u${mark.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}]`)
    .replaceAll(/^\./gmu, "\\&."); // what begins a line with a dot is a request
}

const bold = (text) => `\\fB${roff(text)}\\fR`;
const paragraphs = (text) => text.split("\n\n").map((each) => `.PP\n${roff(each)}`);
const section = (title, ...lines) => [`.SH ${roff(title)}`, ...lines];
const subsection = (title, ...lines) => [".SS", roff(title), ...lines];
const terms = (pairs) => pairs.flatMap(([term, about]) => [".TP", bold(term), roff(about)]);
const verbatim = (lines) => [".PP", ".RS 4", ".nf", ...lines.map(roff), ".fi", ".RE"];

/**
 * The page.
 *
 * @param commands by heading; of each its title, summary, about, usage, arguments, options and examples
 */
export function manPage({ version, about, globals, commands }) {
  const lines = [
    '.\\" Made by hack/build-man-page.js from the commands: not to be edited.',
    `.TH CRIKIT 1 "" ${JSON.stringify(`crikit ${roff(version)}`)} "User Commands"`,
    ".nh",
    ".ad l",
    ...section("NAME", `crikit \\- ${roff(about.charAt(0).toLowerCase() + about.slice(1))}`),
    ...section("SYNOPSIS", `${bold("crikit")} [options] ${bold("command")} [options] [arguments]`),
    ...section(
      "DESCRIPTION",
      roff(
        "Speaks to containerd, CRI-O and any other runtime that has CRI v1, over its socket. It takes crictl's commands " +
          "and flags; started under the name crictl, or as 'crikit crictl', it keeps crictl's output too.",
      ),
      ...paragraphs(
        "The socket is that of -r, of CONTAINER_RUNTIME_ENDPOINT, or of crictl's configuration file; without any the " +
          "known places are looked at.",
      ),
    ),
    ...section(
      "GLOBAL OPTIONS",
      roff("Before a command's name or after it, where a letter that the command has for itself means that."),
      ...terms([...globals, ["-v, --version", "without a command: show crikit's version"]]),
    ),
    ...section("COMMANDS"),
    ...Object.entries(commands).flatMap(([heading, list]) => [...subsection(heading), ...list.flatMap(commandLines)]),
    ...section(
      "EXIT STATUS",
      ...terms([
        ["0", "What was asked for is done; what was measured holds."],
        ["1", "The runtime or the machine could not do it, or what was looked for is not there; a promise is broken."],
        ["2", "Wrong words; nothing was done. Of commands that measure: there is no verdict."],
        ["70", "A bug in crikit."],
        ["129, 130, 143", "Ended by SIGHUP, SIGINT or SIGTERM, after cleaning up."],
      ]),
      ...paragraphs("run, wait and exec end as the program did that they ran or waited for."),
    ),
    ...section(
      "ENVIRONMENT",
      ...terms([
        ["CONTAINER_RUNTIME_ENDPOINT, IMAGE_SERVICE_ENDPOINT", "Sockets, where no flag names them."],
        ["CRI_CONFIG_FILE", "crictl's configuration file, where no flag names it."],
        ["NO_COLOR", "With any value but the empty one: no colours."],
        ["XDG_CACHE_HOME", "Where the npm package keeps its compiled code; ~/.cache without it."],
      ]),
    ),
    ...section("FILES", ...terms([["/etc/crictl.yaml", "crictl's configuration file: endpoints, timeouts."]])),
  ];
  return `${lines.join("\n")}\n`;
}

function commandLines({ title, aliases, summary, about, usage, args, options, examples }) {
  return [
    ".TP",
    bold(`${title} ${usage}`.trim()),
    roff(`${summary}.`),
    ...(aliases.length === 0 ? [] : [roff(`Also ${aliases.join(", ")}.`)]),
    ".RS",
    ...(about === undefined ? [] : paragraphs(about)),
    ...terms([...args, ...options]),
    ...verbatim(examples),
    ".RE",
  ];
}
