import { connect, type Connection, type ConnectOptions } from "../cri/connect.ts";
import { LabError } from "../errors.ts";
import { labRecords } from "./lab-index.ts";
import { placeOf, type LabPlace } from "./lab-place.ts";
import type { LabRecord } from "./lab-record.ts";
import { startLab, type LabOptions } from "./start-lab.ts";
import { takeDown } from "./take-down.ts";

/**
 * A private, real, throw-away container runtime: a containerd with everything in one folder, its own pod network, and two
 * images. It meets neither the machine's containerd nor another lab. `await using` takes it down at the end of the block.
 */
export class Lab implements AsyncDisposable {
  /** What the lab is, as it stands in its folder. */
  readonly record: LabRecord;

  private constructor(record: LabRecord) {
    this.record = record;
  }

  /**
   * Brings a lab up and waits until it is ready for pods. A lab of that name that is up already is handed out as it is, a
   * dead one is taken down first. Labs that were abandoned are swept on the way.
   *
   * @throws {LabError} when this machine lacks something, or containerd does not come up; nothing is left then
   * @throws {CancelledError} when the signal aborts; nothing is left then
   */
  static async start(options: LabOptions = {}): Promise<Lab> {
    return new Lab(await startLab(options));
  }

  /** Finds a lab that was brought up before, dead or alive. @throws {LabError} when there is none */
  static async open(place: LabPlace = {}): Promise<Lab> {
    const { name, record } = await placeOf(place);
    if (record !== undefined) return new Lab(record);
    const names = (await labRecords()).map((known) => known.name);
    throw new LabError(
      place.dir === undefined ? `there is no lab named '${name}'` : `there is no lab in ${place.dir}`,
      {
        hint: names.length === 0 ? "bring one up: crikit lab up" : `there are: ${names.join(", ")}`,
      },
    );
  }

  get name(): string {
    return this.record.name;
  }

  get dir(): string {
    return this.record.dir;
  }

  /** Where its runtime listens, such as `unix:///var/lib/crikit/labs/default/containerd.sock`. */
  get endpoint(): `unix://${string}` {
    return this.record.endpoint;
  }

  /** Connects to its runtime, whatever the environment says of other runtimes. @throws {UnreachableError} when it is dead */
  async connect(options: ConnectOptions = {}): Promise<Connection> {
    return connect(this.endpoint, { env: {}, ...options });
  }

  /**
   * Takes it down: its pods, its containerd, and every trace of them on this machine. Harmless when it is down.
   *
   * @throws {LabError} when something of it could not be taken away; it can be tried again
   */
  async down(): Promise<void> {
    await takeDown(this.record);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down();
  }
}
