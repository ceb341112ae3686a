import { expect, test } from "vitest";
import { command } from "../../../src/cli/command.ts";
import { lookUp, route, type CommandSections } from "../../../src/cli/route.ts";

const entry = (summary: string, aliases: readonly string[] = []) => ({
  summary,
  aliases,
  load: async () => command({ examples: ["crikit"], run: async () => ({ data: null, view: () => "" }) }),
});

const up = entry("start one");
const images = entry("list images", ["image", "img"]);
const sections: CommandSections = {
  Images: { images },
  Labs: {
    lab: { summary: "a private runtime", aliases: ["labs"], commands: { up, down: entry("stop one", ["stop"]) } },
  },
};
const follow = (...argv: string[]) => route(argv, sections, { width: 80, invokedAs: "crikit" });

test("a command is found by its name and by its aliases, and goes by its name", () => {
  for (const name of ["images", "image", "img"]) {
    expect(follow(name, "-q")).toEqual({
      to: "command",
      title: "crikit images",
      entry: images,
      rest: ["-q"],
      globals: {},
    });
  }
  expect(lookUp("img", sections)).toEqual(["images", images]);
});

test("a command of a command is found, and its flags are left for it", () => {
  const found = { to: "command", title: "crikit lab up", entry: up, rest: ["--name", "-D", "x"], globals: {} };
  expect(follow("lab", "up", "--name", "-D", "x")).toEqual(found);
  expect(follow("labs", "up", "--name", "-D", "x")).toEqual(found);
});

test("global flags are taken on the way, the later one wins", () => {
  expect(follow("-r", "/a.sock", "-t2m", "lab", "--runtime-endpoint=/b.sock", "up")).toMatchObject({
    globals: { runtimeEndpoint: "/b.sock", timeout: 120_000 },
    rest: [],
  });
});

test("help goes where its words lead, at any depth", () => {
  const help = { to: "command", title: "crikit lab up", rest: ["--help"] };
  expect(follow("help", "lab", "up")).toMatchObject(help);
  expect(follow("lab", "help", "up")).toMatchObject(help);
  expect(follow("help", "lab")).toEqual(follow("lab", "--help"));
});

test("the page of a list shows names, aliases and summaries under their headings, in order", () => {
  const page = follow("--help");
  expect(page).toMatchObject({ to: "help", asked: true });
  expect(page.to === "help" && page.text.slice(page.text.indexOf("Images:"))).toBe(
    [
      "Images:",
      "  images, image, img  list images",
      "",
      "Labs:",
      "  lab, labs           a private runtime",
      "",
      "See 'crikit help COMMAND' for one of them.",
    ].join("\n"),
  );
});

test("no command at all is a page that nobody asked for", () => {
  expect(follow()).toMatchObject({ to: "help", asked: false });
  expect(follow("lab")).toMatchObject({
    to: "help",
    asked: false,
    text: expect.stringContaining("down, stop  stop one"),
  });
});

test("a wrong word is pointed to the list that it was looked for in", () => {
  expect(() => follow("lab", "dwon")).toThrow("'dwon' is not a command of crikit lab (did you mean 'down'?)");
  expect(() => follow("lab", "images")).toThrow("'images' is not a command of crikit lab");
  expect(() => follow("lab", "--nope")).toThrow("unknown option '--nope'");
});
