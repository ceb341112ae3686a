import { rmSync } from "node:fs";
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
