/** A fault that a lab can put between containerd and runc. */
export interface Saboteur {
  /** The runtime handler's name. */
  readonly name: string;
  /** What goes wrong with a container that this handler runs, as one sentence. */
  readonly fault: string;
  /** What sed(1) does to the container's OCI config, as containerd wrote it: one line of JSON without blanks. */
  readonly edit: string;
}

/**
 * The wrapper that stands in for runc: on `create` it edits the bundle of a container, never of a sandbox, then it becomes
 * runc with the same arguments.
 *
 * A shell script, because it runs for every call of runc, a dozen a container: `sh` starts in a millisecond where Node
 * takes fifty, and needs nothing on containerd's PATH. sed(1) is enough, because containerd writes the config with Go's
 * encoder, whose order and spacing are fixed. An edit that changes nothing is not a failure: a pod on the host's network
 * has no namespace to leave.
 *
 * @param runc its absolute path
 */
export function saboteurScript({ fault, edit }: Saboteur, runc: string): string {
  return `#!/bin/sh
# ${fault}
set -eu
create= bundle= previous=
for argument in "$@"; do
  [ "$argument" != create ] || create=yes
  [ "$previous" != --bundle ] || bundle=$argument
  previous=$argument
done
if [ -n "$create" ] && grep -q '"io.kubernetes.cri.container-type":"container"' "$bundle/config.json"; then
  sed ${shellQuoted(edit)} "$bundle/config.json" >"$bundle/config.json.new"
  mv "$bundle/config.json.new" "$bundle/config.json"
fi
exec ${shellQuoted(runc)} "$@"
`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
