import { renameSync, rmSync, symlinkSync } from "node:fs";
import { expect, test } from "vitest";
import { namespacesOf } from "../../../src/linux/namespace.ts";
import { hostNamespaces } from "../../../src/namespaces/host.ts";
import { ProcTree } from "./proc-tree.ts";

const elsewhere = { net: "own", ipc: "own", uts: "own", pid: "own", mnt: "own" };

test("the host's namespaces are those of the first process, or of one that is named", async () => {
  using tree = new ProcTree([{ pid: 7, namespaces: elsewhere }]);
  expect(await hostNamespaces(undefined, tree.root)).toEqual(await namespacesOf(1, tree.root));
  expect(await hostNamespaces(7, tree.root)).toEqual(await namespacesOf(7, tree.root));
  expect(await hostNamespaces(7, tree.root)).not.toEqual(await namespacesOf(1, tree.root));
});

test("where the first process is hidden, crikit's own count as the host's; where one was named, nothing else does", async () => {
  using tree = new ProcTree([{ pid: 7, namespaces: elsewhere }]);
  rmSync(`${tree.root}/self`);
  tree.add({ pid: 8 });
  tree.link("self", 8);
  tree.end(1);
  expect(await hostNamespaces(undefined, tree.root)).toEqual(await namespacesOf(8, tree.root));
  await expect(hostNamespaces(1, tree.root)).rejects.toMatchObject({ code: "ENOENT" });
});

/** Puts a link in the place of one of crikit's own namespaces, as the kernel shows them. */
function showOwn(tree: ProcTree, kind: string, inode: number): void {
  const folder = `${tree.root}/8/ns`;
  renameSync(`${folder}/${kind}`, `${folder}/${kind}:[${inode}]`);
  symlinkSync(`${kind}:[${inode}]`, `${folder}/${kind}`);
}

test.each([
  ["uts", 4026532999, true],
  ["uts", 4026531838, false],
  ["cgroup", 4026532999, true],
  ["user", 4026531837, false],
  ["net", 4026532999, false],
])(
  "who judges takes crikit's own namespaces for the host's unless it has another %s namespace: %i",
  async (kind, inode, refused) => {
    using tree = new ProcTree([]);
    rmSync(`${tree.root}/self`);
    tree.add({ pid: 8 });
    tree.link("self", 8);
    tree.end(1);
    showOwn(tree, kind, inode);
    const looking = hostNamespaces(undefined, tree.root, { sure: true });
    if (refused) await expect(looking).rejects.toThrow(`crikit has a ${kind} namespace of its own`);
    else expect(await looking).toEqual(await namespacesOf(8, tree.root));
    expect(await hostNamespaces(undefined, tree.root)).toEqual(await namespacesOf(8, tree.root));
  },
);
