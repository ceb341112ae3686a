/** What the messages of a pod's and a container's config are made of, as the proto has it: for whoever reads or describes them. */
export { configEnums, type ConfigField, type ConfigMessage, configMessages } from "../gen/runtime/v1/config-fields.ts";
