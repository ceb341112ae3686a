import { createHash, randomUUID } from "node:crypto";
import type { Connection } from "../cri/connect.ts";
import { type DeepPartial, NamespaceMode, type NamespaceOption } from "../cri/messages.ts";
import type { Scope } from "../lifetime.ts";
import { UnmeasuredError } from "../errors.ts";
import { namespaceOf, type NamespaceId, sameNamespace, showNamespace } from "../linux/namespace.ts";
import { nameNetns } from "../linux/netns-name.ts";
import { pinnedNamespace } from "../linux/nsfs.ts";
import { runOrThrow } from "../linux/run.ts";
import { hostNamespaces } from "../namespaces/host.ts";
import { pidNow, podsOfRuntime } from "../namespaces/pods-of-runtime.ts";
import { type NamespaceReport, reportOn } from "../namespaces/report.ts";
import type { Container, ContainerPlan } from "../sandbox/container.ts";
import { PodSandbox } from "../sandbox/pod-sandbox.ts";
import { explanations } from "./demo-explanations.ts";
import { check, type DemoCheck, type DemoJournal, type DemoReport, demoReport } from "./demo-report.ts";
import { fetchPage, idle, page, serve, showAddresses } from "./demo-script.ts";
import type { DemoOptions } from "./demo.ts";

/** What every step works with. */
export interface Stage {
  readonly connection: Connection;
  readonly journal: DemoJournal;
  readonly options: DemoOptions;
  /** The pods made so far, the story's own first. */
  readonly pods: PodSandbox[];
  /** Undone when the demo ends. */
  readonly made: Scope;
}

/** The pod whose story is told. */
export interface Story extends Stage {
  readonly pod: PodSandbox;
  /** Where the runtime pinned its network namespace. */
  readonly pin: string;
  readonly net: NamespaceId;
  readonly ip: string;
}

/** 1. The sandbox, before any container. */
export async function runSandbox(stage: Stage): Promise<Story> {
  const pod = await runPod(stage, "demo");
  const { status, verbose } = await pod.details(stage.options);
  const pin = verbose.netnsPath;
  if (pin === undefined) {
    throw new UnmeasuredError("the runtime does not say where it pinned the sandbox's network namespace", {
      hint: "crikit reads it from the verbose info of PodSandboxStatus, as containerd and CRI-O give it",
    });
  }
  const net = await pinnedNamespace(pin);
  const ip = status.network?.ip ?? "";
  stage.journal.add({
    title: "a pod sandbox, before any container",
    facts: [
      ["sandbox", pod.id],
      ["netns", pin],
      ["dev:ino", showNamespace(net)],
      ["ip", ip],
    ],
    checks: [check("the sandbox has an address", "an IP", ip === "" ? "none" : ip, ip !== "")],
    byHand: [
      `crikit -r ${stage.connection.endpoint} rpc PodSandboxStatus '{"podSandboxId":"${pod.id}","verbose":true}'`,
      `stat -L -c %d:%i ${pin}`,
    ],
    explanation: explanations.sandbox,
  });
  return { ...stage, pod, pin, net, ip };
}

/** 2. A container in it, and whose network it has. */
export async function startWeb(story: Story): Promise<Container> {
  const web = await startContainer(story, story.pod, { name: "web", command: serve });
  const { pid, id } = await netOf(web, story);
  story.journal.add({
    title: "a container goes into it",
    facts: [
      ["container", web.id],
      ["pid", String(pid)],
      ["dev:ino", showNamespace(id)],
    ],
    checks: [sameNet("web", story.net, id)],
    byHand: [`readlink /proc/${pid}/ns/net`, `stat -L -c %d:%i /proc/${pid}/ns/net`],
    explanation: explanations.web,
  });
  return web;
}

/** 3. A name for the namespace, as the blog's author gave it one. */
export async function giveName(story: Story): Promise<void> {
  const name = story.pod.config.metadata?.name ?? story.pod.id;
  const given = await nameNetns({ name, pin: story.pin, keep: story.options.keep });
  if (story.options.keep !== true) story.made.use(given);
  const shown = await runOrThrow("ip", ["netns", "exec", name, "ip", "addr", "show", "dev", "eth0"], story.options);
  const seen = [...shown.matchAll(/inet6? \S+/gu)].join(", ");
  story.journal.add({
    title: "a name for the network namespace",
    facts: [
      ["name", given.path],
      ["eth0", seen],
    ],
    checks: [check("eth0 has the pod's address", story.ip, seen, shown.includes(` ${story.ip}/`))],
    byHand: [`ip netns exec ${name} ip addr`],
    explanation: explanations.name,
  });
}

/** 4. The blog's `docker run --net=container:ID`. */
export async function joinContainer(story: Story, web: Container): Promise<void> {
  const probe = await startContainer(story, story.pod, { name: "probe", command: idle });
  const { pid, id } = await netOf(probe, story);
  const [here, there, fetched] = await Promise.all([
    text(probe, showAddresses, story),
    text(web, showAddresses, story),
    text(probe, fetchPage, story),
  ]);
  story.journal.add({
    title: "a newcomer joins",
    facts: [
      ["container", probe.id],
      ["pid", String(pid)],
      ["dev:ino", showNamespace(id)],
      ["127.0.0.1", fetched],
    ],
    checks: [
      sameNet("probe", story.net, id),
      check("'ip addr' says the same in web and in probe", digest(there), digest(here), here === there),
      check("probe fetches web's page from 127.0.0.1", page, fetched, fetched === page),
    ],
    byHand: [
      `crikit -r ${story.connection.endpoint} rpc ExecSync '{"containerId":"${probe.id}","cmd":["ip","addr"]}'`,
      `nsenter --net=${story.pin} curl http://127.0.0.1/`,
    ],
    explanation: explanations.join,
  });
}

/** 5. Another pod, and one on the host's network. */
export async function showContrast(story: Story): Promise<readonly PodSandbox[]> {
  const running = [runPod(story, "other"), runPod(story, "host", { network: NamespaceMode.NODE })] as const;
  // A pod that came after a failure had been told would be made when all the others are removed already.
  await Promise.allSettled(running);
  const [other, host] = await Promise.all(running);
  const [inOther, onHost] = await Promise.all(
    [other, host].map((pod) => startContainer(story, pod, { name: "idle", command: idle })),
  );
  const [otherNet, hostNet, { net: hosts }] = await Promise.all([
    netOf(inOther as Container, story),
    netOf(onHost as Container, story),
    hostNamespaces(),
  ]);
  if (hosts === undefined) throw new UnmeasuredError("this kernel shows no network namespaces");
  story.journal.add({
    title: "the contrast",
    facts: [
      ["other pod", showNamespace(otherNet.id)],
      ["host's pod", showNamespace(hostNet.id)],
      ["the host", showNamespace(hosts)],
    ],
    checks: [
      check(
        "another pod has another namespace",
        `not ${showNamespace(story.net)}`,
        showNamespace(otherNet.id),
        !sameNamespace(otherNet.id, story.net),
      ),
      sameNet("the pod on the host's network", hosts, hostNet.id),
    ],
    byHand: ["readlink /proc/self/ns/net", `readlink /proc/${otherNet.pid}/ns/net /proc/${hostNet.pid}/ns/net`],
    explanation: explanations.contrast,
  });
  return [other, host];
}

/** 6. Every member of every pod, every kind of namespace. */
export async function judgeAll(story: Story, contrast: readonly PodSandbox[]): Promise<DemoReport> {
  const { connection, options, journal, pod } = story;
  const ids = [pod, ...contrast].map(({ id }) => id);
  const found = await podsOfRuntime(connection, ids, options);
  const measured = await reportOn(found, { pidNow: (member) => pidNow(connection, member, options) });
  journal.add({
    title: "the verdict",
    facts: [],
    checks: [],
    byHand: [`ls -l /proc/{${processesOf(measured).join(",")}}/ns`],
    explanation: explanations.verdict,
  });
  return demoReport(connection, journal.steps, measured);
}

async function runPod(
  { connection, options, pods }: Stage,
  role: string,
  namespaces?: DeepPartial<NamespaceOption>,
): Promise<PodSandbox> {
  const name = `${role}-${randomUUID().slice(0, 8)}`;
  const plan = { name, namespace: "crikit-demo", runtimeHandler: options.runtimeHandler, namespaces };
  const pod = await PodSandbox.run(connection, plan, options);
  pods.push(pod);
  return pod;
}

function startContainer({ options }: Stage, pod: PodSandbox, plan: Omit<ContainerPlan, "image">): Promise<Container> {
  return pod.start({ ...plan, image: options.image }, options);
}

async function netOf(container: Container, { options }: Stage): Promise<{ pid: number; id: NamespaceId }> {
  const { status, verbose } = await container.details(options);
  if (verbose.pid === undefined) {
    throw new UnmeasuredError(
      `the runtime names no process of container ${container.name} (exit code ${status.exitCode})`,
    );
  }
  return { pid: verbose.pid, id: await namespaceOf(verbose.pid, "net") };
}

async function text(container: Container, command: readonly string[], { options }: Stage): Promise<string> {
  const { stdout, stderr, exitCode } = await container.execSync(command, options);
  const output = Buffer.from(stdout).toString().trim();
  return exitCode === 0 ? output : `exit code ${exitCode}: ${Buffer.from(stderr).toString().trim()}`;
}

function processesOf({ pods }: NamespaceReport): readonly number[] {
  return pods.flatMap(({ members }) => members.flatMap(({ pid }) => pid ?? []));
}

/** A long text in few characters, for a table. */
function digest(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex").slice(0, 12)}`;
}

function sameNet(who: string, expected: NamespaceId, observed: NamespaceId): DemoCheck {
  const words = who.startsWith("the ") ? `${who} has the host's` : `${who} has the sandbox's network namespace`;
  return check(words, showNamespace(expected), showNamespace(observed), sameNamespace(expected, observed));
}
