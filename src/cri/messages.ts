/** CRI v1's messages and enums as TypeScript types, with `encode`, `decode`, `fromJSON`, `toJSON` and `fromPartial` of each. */
export * from "../gen/runtime/v1/api.ts";
