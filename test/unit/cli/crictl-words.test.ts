import { expect, test } from "vitest";
import { crictlWords } from "../../../src/cli/crictl-words.ts";

test.each([
  ["runp jsonschema", "crikit", "jsonschema pod"],
  ["runp js", "crictl", "jsonschema pod"],
  ["create jsonschema", "crikit", "jsonschema container"],
  ["create js -p", "crikit", "jsonschema pod"],
  ["run jsonschema --container", "crictl", "jsonschema container"],
  ["pull js", "crictl", "jsonschema pod"],
  ["run js", "crikit", "run js"],
  ["pull js", "crikit", "pull js"],
  ["exec --parallel --name app ls", "crictl", "exec -x --name app ls"],
  ["exec --parallel 4 --name app ls", "crikit", "exec --parallel 4 --name app ls"],
  ["ps js", "crictl", "ps js"],
  ["runp pod.json", "crictl", "runp pod.json"],
])("'%s' of %s is '%s'", (typed, invokedAs, meant) => {
  expect(crictlWords(typed.split(" "), invokedAs as "crikit")).toEqual(meant.split(" "));
});
