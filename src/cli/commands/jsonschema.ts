import { command } from "../command.ts";
import { schemaOutcome } from "../schema-outcome.ts";
import { oneOf } from "../words.ts";

/** `crikit jsonschema`: what a config file may say, for editors and validators. */
export const jsonschema = command({
  about:
    "The JSON schema (draft 2020-12) takes what crikit's strict loader takes: fields in crictl's spelling or protobuf's, " +
    "enums by name or number, plain values or wrappers. An editor that knows it completes and checks while you type.",
  examples: ["crikit jsonschema pod >pod.schema.json", "crikit jsonschema container | jq '.[\"$defs\"].Mount'"],
  formats: ["text"],
  words: (words) => words.argument("<kind>", "pod or container", oneOf("pod", "container")),
  run: ({ args: [kind] }) => schemaOutcome(kind),
});
