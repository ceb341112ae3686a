/** A fault that a lab can put between containerd and runc. */
export interface Saboteur {
  /** The runtime handler's name. */
  readonly name: string;
  /** What goes wrong with a container that this handler runs, as one sentence. */
  readonly fault: string;
  /**
   * When: as the container is created, in the OCI config that containerd wrote; or as a program is started in it later, in
   * what runc remembers of the container. Both are one line of JSON without blanks.
   */
  readonly on: "create" | "exec";
  /** What sed(1) does to that file. */
  readonly edit: string;
}

/**
 * The wrapper that stands in for runc: it edits the file of a container, never of a sandbox, then it becomes runc with the
 * same arguments.
 *
 * A shell script, because it runs for every call of runc, a dozen a container: `sh` starts in a millisecond where Node
 * takes fifty, and needs nothing on containerd's PATH. sed(1) is enough, because containerd writes the config with Go's
 * encoder, whose order and spacing are fixed. An edit that changes nothing is not a failure: a pod on the host's network
 * has no namespace to leave.
 *
 * @param runc its absolute path
 */
export function saboteurScript({ fault, on, edit }: Saboteur, runc: string): string {
  return `#!/bin/sh
# ${fault}
set -eu
called= bundle= root= previous=
for argument in "$@"; do
  [ "$argument" != ${on} ] || called=yes
  [ "$previous" != --bundle ] || bundle=$argument
  [ "$previous" != --root ] || root=$argument
  previous=$argument
done
file=${on === "create" ? "$bundle/config.json" : "$root/$previous/state.json"}
if [ -n "$called" ]${on === "create" ? ` && grep -q '"io.kubernetes.cri.container-type":"container"' "$file"` : ""}; then
  sed ${shellQuoted(edit)} "$file" >"$file.new"
  mv "$file.new" "$file"
fi
exec ${shellQuoted(runc)} "$@"
`;
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
