/** One simulated transfer from its first datagram to the silence after its end. */

import {
  type Limits,
  type Machine,
  MAX_BLKSIZE,
  MAX_WINDOWSIZE,
  type RequestPacket,
} from "../../src/protocol/mod.ts";
import type { Ladder } from "../helpers/sim/ladder.ts";
import { Prng } from "../helpers/sim/prng.ts";
import { Link, SimNetwork } from "../helpers/sim/sim_network.ts";
import { AnswerWatch } from "./answers.ts";
import { ClientEnd, PATIENT_DALLY_MS } from "./client_end.ts";
import type { End } from "./end.ts";
import { makeMischief } from "./mischief.ts";
import { causesOf, sentBy } from "./oracle.ts";
import { peerClient, peerServer } from "./peers/kinds.ts";
import { requestOf, type Scenario, type Side } from "./scenario.ts";
import { ServerEnd } from "./server_end.ts";
import { contentOf, type Disk, MemorySink, MemorySource } from "./storage.ts";
import type { Node, Surroundings } from "./node.ts";
import { VirtualTime } from "./virtual_time.ts";
import { Watch } from "./watch.ts";

/** Silence that a patient server bears. */
const PATIENT_IDLE_MS = 10_000_000;

/** No transfer may need more than this many events. */
const MAX_STEPS = 5_000_000;

export class World {
  readonly scenario: Scenario;
  readonly time = new VirtualTime();
  readonly watch: Watch;
  readonly network: SimNetwork;
  readonly client: ClientEnd;
  readonly server: ServerEnd;
  /** The receivers' files: the client's one, or one per transfer of the server. */
  readonly sinks: MemorySink[] = [];
  /** What had happened when the faults ended. */
  atCalm: { readonly causes: number; readonly sent: ReadonlyMap<End, number> } | undefined;
  readonly #content: Uint8Array;
  readonly #prng: Prng;
  readonly #openings: Prng;

  constructor(scenario: Scenario, ladder?: Ladder) {
    const { time } = this;
    this.scenario = scenario;
    this.watch = new Watch(time, ladder);
    this.#content = contentOf(scenario.size);
    this.#prng = new Prng(scenario.seed ^ 0x5eed);
    this.#openings = new Prng(scenario.seed ^ 0x1a7e);
    const toServer = new Link(scenario.toServer, time, this.#prng);
    const toClient = new Link(scenario.toClient, time, this.#prng);
    this.network = new SimNetwork({ toServer, toClient }, time, ladder);
    const { network, watch } = this;
    const surroundings: Surroundings = { time, network, watch, tickMs: scenario.tickMs };
    this.server = this.#openServer(surroundings);
    this.client = this.#openClient(surroundings);
    network.watch = new AnswerWatch(this);
    makeMischief(this, this.#prng);
    this.#plan();
  }

  /** Every end of every transfer that was begun. */
  get ends(): readonly End[] {
    return [...this.client.ends, ...this.server.ends];
  }

  /** The two machines. */
  get nodes(): readonly Node[] {
    return [this.client.node, this.server.node];
  }

  /** Runs until nothing is due any more. */
  run(): void {
    this.client.start();
    while (this.time.steps < MAX_STEPS && this.time.step());
    this.watch.expect(this.time.steps < MAX_STEPS, "world", "the run does not end");
  }

  #plan(): void {
    const { calmAtMs, cancel, stalls } = this.scenario;
    this.time.at(calmAtMs, () => {
      this.network.toServer.calm();
      this.network.toClient.calm();
      this.watch.note("world", "ends all faults");
      const sent = new Map(this.ends.map((end) => [end, sentBy(end)]));
      this.atCalm = { causes: causesOf(this), sent };
    });
    if (cancel) this.time.at(cancel.atMs, () => this.#at(cancel.side).cancel("Interrupted"));
    for (const { side, atMs, forMs } of stalls) {
      this.time.at(atMs, () => this.#at(side).node.stall(forMs));
    }
  }

  #at(side: Side): ClientEnd | ServerEnd {
    return side === "client" ? this.client : this.server;
  }

  #openClient(surroundings: Surroundings): ClientEnd {
    const { direction, peer, patient } = this.scenario;
    const isOther = peer?.side === "client";
    return new ClientEnd({
      packet: requestOf(this.scenario),
      ...(isOther
        ? { open: (packet: RequestPacket) => peerClient(packet, peer, this.#content) }
        : {}),
      ...(direction === "get" ? { sink: this.#sink() } : { source: () => this.#source("client") }),
      fallsBack: !isOther,
      patient: patient && !isOther,
    }, surroundings);
  }

  #openServer(surroundings: Surroundings): ServerEnd {
    const { peer, patient } = this.scenario;
    return new ServerEnd({
      source: () => this.#source("server"),
      sink: () => this.#sink(),
      ...(peer?.side === "server"
        ? { answer: (request: RequestPacket) => this.#answer(request) }
        : {}),
      ...(patient ? { idleTimeoutMs: PATIENT_IDLE_MS, dallyMs: PATIENT_DALLY_MS } : {}),
      lateOpening: () => this.#lateOpening(),
    }, surroundings);
  }

  #lateOpening(): { forMs: number; refuses: boolean } | undefined {
    const late = this.scenario.lateOpenings;
    if (!late || !this.#openings.chance(late.share)) return undefined;
    const forMs = this.#openings.next() * late.maxMs;
    return { forMs, refuses: this.#openings.chance(late.refusals) };
  }

  /** What another's server makes of a request. */
  #answer(request: RequestPacket): Machine {
    const limits: Limits = {
      maxBlksize: MAX_BLKSIZE,
      maxWindowsize: MAX_WINDOWSIZE,
      grantTimeout: this.scenario.grantsTimeout,
    };
    return peerServer(request, this.scenario.peer!, { content: this.#content, limits });
  }

  #source(side: Side): MemorySource {
    const { slowDisk, seed } = this.scenario;
    // Half of all files are in memory, as those that were asked for recently are.
    const inMemory = side === "server" && slowDisk?.side !== side && seed % 2 === 0;
    return new MemorySource(this.#content, this.#disk(side), inMemory);
  }

  #sink(): MemorySink {
    const side = this.scenario.direction === "get" ? "client" : "server";
    const sink = new MemorySink(this.#content, this.#disk(side), this.scenario.roomBytes);
    this.sinks.push(sink);
    return sink;
  }

  #disk(side: Side): Disk {
    const { time } = this;
    const slow = this.scenario.slowDisk;
    if (slow?.side !== side) return { time, pace: () => 0 };
    const pace = () => this.#prng.chance(slow.share) ? this.#prng.next() * slow.maxMs : 0;
    return { time, pace };
  }
}
