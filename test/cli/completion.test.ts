import { afterAll, describe, expect, test } from "vitest";
import { crikit } from "./crikit.ts";
import { shells } from "./shells.ts";

const shell = shells();
afterAll(() => shell[Symbol.dispose]());

describe("bash offers", () => {
  test("commands", async () => {
    expect(await shell.bash("")).toContain("completion");
    expect(await shell.bash("vers")).toEqual(["version"]);
    expect(await shell.bash("help", "vers")).toEqual(["version"]);
    expect(await shell.bash("-D", "-r", "/run/x.sock", "vers")).toEqual(["version"]);
  });

  test("flags, a command's own and the global ones", async () => {
    expect(await shell.bash("version", "--out")).toEqual(["--output"]);
    expect(await shell.bash("version", "--")).toEqual(
      expect.arrayContaining(["--output", "--runtime-endpoint", "--help"]),
    );
    expect(await shell.bash("--deb")).toEqual(["--debug"]);
    expect(await shell.bash("completion", "--out")).toEqual([]);
  });

  test("values, wherever they stand", async () => {
    expect(await shell.bash("version", "-o", "")).toEqual(["table", "json", "yaml"]);
    expect(await shell.bash("version", "--output", "j")).toEqual(["json"]);
    expect(await shell.bash("completion", "")).toEqual(["bash", "zsh", "fish"]);
    expect(await shell.bash("completion", "bash", "")).toEqual([]);
    expect(await shell.bash("completion", "--", "z")).toEqual(["zsh"]);
  });

  test("what is behind the = only, because bash makes words of --output, = and j", async () => {
    expect(await shell.bash("version", "--output", "=", "j")).toEqual(["json"]);
    expect(await shell.bash("version", "--output", "=")).toEqual(["table", "json", "yaml"]);
    expect(await shell.bash("-r", "unix", ":", "///run/x.sock", "vers")).toEqual(["version"]);
  });

  test("nothing for words that lead nowhere", async () => {
    expect(await shell.bash("nope", "")).toEqual([]);
    expect(await shell.bash("version", "--nope=")).toEqual([]);
  });
});

describe("fish offers, with what each is,", () => {
  test("commands, flags and values", async () => {
    expect(await shell.fish("crikit vers")).toEqual(["version\tshow the versions of the runtime and of CRI"]);
    expect(await shell.fish("crikit -D help vers")).toHaveLength(1);
    expect(await shell.fish("crikit version --out")).toEqual(["--output\twhat to print"]);
    expect(await shell.fish("crikit version -o ")).toEqual(["json", "table", "yaml"]);
    expect(await shell.fish("crikit version --output=j")).toEqual(["--output=json"]);
    expect(await shell.fish("crikit nope ")).toEqual([]);
  });

  test("files where a file belongs", async () => {
    expect(await shell.fish("crikit load /etc/hostna")).toEqual([expect.stringMatching(/^\/etc\/hostname\b/u)]);
  });
});

describe("zsh offers", () => {
  test("commands, flags and values", async () => {
    expect(await shell.zsh("crikit vers")).toEqual(["version"]);
    expect(await shell.zsh("crikit version --out")).toEqual(["--output"]);
    expect(await shell.zsh("crikit version -o ")).toEqual(["table", "json", "yaml"]);
    expect(await shell.zsh("crikit pods -o ")).toEqual(expect.arrayContaining(["jsonl", "custom-columns="]));
  });

  test("files where a file belongs", async () => {
    expect(await shell.zsh("crikit load /etc/hostna")).toContain("hostname");
  });
});

describe.each(["bash", "zsh", "fish"] as const)("a person who presses TAB in %s", (name) => {
  test("gets them under a path in the home too", async () => {
    expect(await shell.typed(name, "~/crikit vers\t")).toBe("~/crikit version");
  });

  test("gets words, values and files typed", async () => {
    expect(await shell.typed(name, "crikit vers\t--output=j\t--conf\t/etc/hostna\t")).toBe(
      "crikit version --output=json --config /etc/hostname",
    );
  });

  test("goes on typing behind a = at once", async () => {
    expect(await shell.typed(name, "crikit pods -o cus\tA:.id")).toBe("crikit pods -o custom-columns=A:.id");
  });
});

describe("the name crictl", () => {
  test("has a script of its own, which asks what is called so", async () => {
    using crictl = shells({ name: "crictl" });
    expect(await crictl.bash("vers")).toEqual(["version"]);
    expect(await crictl.fish("crictl vers")).toHaveLength(1);
    expect(await crictl.zsh("crictl vers")).toEqual(["version"]);
  });

  test("is completed as an alias too", async () => {
    using alias = shells({ name: "crictl", script: "crikit completion --name crictl" });
    expect(await alias.bash("vers")).toEqual(["version"]);
    expect(await alias.fish("crictl vers")).toHaveLength(1);
    expect(await alias.zsh("crictl vers")).toEqual(["version"]);
    expect((await crikit(["completion", "--name", "k"])).stdout).toContain("complete -F _crikit_k k\n");
    expect((await crikit(["completion", "--name", "k"])).stdout).toContain("< <(crikit __complete ");
    expect((await crikit(["completion", "--name", "crictl"])).stdout).toContain("< <(crikit crictl __complete ");
  });

  test.each(["a b", "$(id)", "-x", ""])("%j is no name for an alias", async (name) => {
    expect(await crikit(["completion", `--name=${name}`])).toMatchObject({ code: 2, stdout: "" });
  });
});

test("bash is the shell when none is named", async () => {
  expect(await crikit(["completion"])).toEqual(await crikit(["completion", "bash"]));
});
