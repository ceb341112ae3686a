/** The part of a generated message type that protojson needs. */
interface JsonType<Message> {
  toJSON(message: Message): unknown;
}

/**
 * A message in protobuf's JSON form with defaults emitted, as crictl prints it: camelCase, enums by name, 64-bit numbers
 * as decimal strings, bytes in base64, empty lists and maps there. An enum value newer than our stubs stays its number.
 *
 * @see https://protobuf.dev/programming-guides/json/
 */
export function toProtoJson<Message extends object>(type: JsonType<Message>, message: Message): unknown {
  return complete(type.toJSON(message), message);
}

/** ts-proto leaves empty lists and maps out, and turns an unknown enum value into a word: both are in the message still. */
function complete(json: unknown, message: unknown): unknown {
  if (json === "UNRECOGNIZED" && typeof message === "number") return message;
  if (Array.isArray(message) && Array.isArray(json)) return json.map((item, at) => complete(item, message[at]));
  if (!isRecord(message) || !isRecord(json)) return json;
  const entries = Object.entries(message)
    .filter(([field, value]) => field !== "_unknownFields" && value !== undefined)
    .map(([field, value]) => [field, field in json ? complete(json[field], value) : Array.isArray(value) ? [] : {}]);
  return Object.fromEntries(entries);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
