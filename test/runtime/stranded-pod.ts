import { setTimeout as sleep } from "node:timers/promises";
import { busyboxImage } from "../../src/images/lab-images.ts";
import type { Lab } from "../../src/lab/lab.ts";
import { PodSandbox } from "../../src/sandbox/pod-sandbox.ts";

/** A pod that nobody takes down but its lab. */
export interface StrandedPod {
  readonly id: string;
  /** The sandbox's own process, as this machine sees it. */
  readonly sandboxPid: number;
  /** The web server's. */
  readonly pid: number;
  readonly ip: string;
}

/** A web server with a host port, a cgroup parent of its own, and no ear for SIGTERM. Its page is the lab's name. */
export async function strandPod(lab: Lab, hostPort: number, runtimeHandler?: string): Promise<StrandedPod> {
  await using connection = await lab.connect();
  const pod = await PodSandbox.run(connection, {
    name: `stranded-${hostPort}`,
    runtimeHandler,
    config: { portMappings: [{ containerPort: 80, hostPort }], linux: { cgroupParent: "/crikit-test/pods" } },
  });
  const command = ["sh", "-c", `trap '' TERM; echo ${lab.name} >/tmp/index.html; exec httpd -f -h /tmp`];
  const container = await pod.start({ name: "web", image: busyboxImage, command });
  const [{ status, verbose }, inside] = await Promise.all([pod.details(), container.details()]);
  return {
    id: pod.id,
    sandboxPid: verbose.pid ?? 0,
    pid: inside.verbose.pid ?? 0,
    ip: status.network?.ip ?? "",
  };
}

/** The page of the web server there; it may take a moment to listen. */
export async function page(host: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    try {
      return (await (await fetch(`http://${host}/index.html`)).text()).trim();
    } catch (error) {
      if (attempt === 50) throw error;
      await sleep(100);
    }
  }
}
