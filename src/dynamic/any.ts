import protobuf from "protobufjs";

/**
 * The message that an `Any` holds, when the protos have it. containerd's urls are bare names (`containerd.events.TaskExit`)
 * or, for what is JSON inside, the path of a Go type: those are no messages.
 */
export function messageInAny(root: protobuf.Root, typeUrl: string): protobuf.Type | undefined {
  const name = typeUrl.slice(typeUrl.lastIndexOf("/") + 1);
  const found = root.lookup(name, [protobuf.Type]);
  // lookup() also finds a message of that name in any package.
  return found instanceof protobuf.Type && found.fullName === `.${name}` ? found : undefined;
}
