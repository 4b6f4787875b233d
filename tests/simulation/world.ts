/** One simulated transfer from its first datagram to the silence after its end. */

import {
  type Agreement,
  DEFAULT_TIMING,
  grant,
  type Limits,
  MAX_BLKSIZE,
  MAX_WINDOWSIZE,
  Opcode,
  Receiver,
  Request,
  type RequestPacket,
  Sender,
  SERVER_TIMING,
} from "../../src/protocol/mod.ts";
import type { Ladder } from "../helpers/ladder.ts";
import { Prng } from "../helpers/prng.ts";
import { Link, SimNetwork } from "../helpers/sim_network.ts";
import { AnswerWatch } from "./answers.ts";
import { ClientEnd, type Opening } from "./client_end.ts";
import type { Host } from "./host.ts";
import { makeMischief } from "./mischief.ts";
import { causesOf, sentBy } from "./oracle.ts";
import { peerClient, peerServer } from "./peers/kinds.ts";
import { requestOf, type Scenario, type Side } from "./scenario.ts";
import { type Cargo, ServerEnd } from "./server_end.ts";
import { contentOf, MemorySink, MemorySource, type Pace } from "./storage.ts";
import type { Surroundings } from "./surroundings.ts";
import { VirtualTime } from "./virtual_time.ts";
import { Watch } from "./watch.ts";

/** Repeats of an end that waits as long as it takes. */
const PATIENCE = 1000;

/** Longer than any fault lasts, and then as long as the longest wait. */
const PATIENT_DALLY_MS = 100_000;

/** As in src/client.ts and src/server/served_transfer.ts. */
const OPTIONED_RETRIES = 1;
const CLIENT_DALLY = { dallyMs: 2000, cleanDallyMs: 25 };
const UPLOAD_DALLY_MS = 12_000;
const READ_AHEAD_BYTES = 32 * 1024;

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
  atCalm: { readonly causes: number; readonly sent: ReadonlyMap<Host, number> } | undefined;
  readonly #content: Uint8Array;
  readonly #prng: Prng;

  constructor(scenario: Scenario, ladder?: Ladder) {
    const { time } = this;
    this.scenario = scenario;
    this.watch = new Watch(time, ladder);
    this.#content = contentOf(scenario.size);
    this.#prng = new Prng(scenario.seed ^ 0x5eed);
    const toServer = new Link(scenario.toServer, time, this.#prng);
    const toClient = new Link(scenario.toClient, time, this.#prng);
    this.network = new SimNetwork({ toServer, toClient }, time, ladder);
    const { network, watch } = this;
    const surroundings: Surroundings = { time, network, watch, tickMs: scenario.tickMs };
    this.server = new ServerEnd((request) => this.#serve(request), surroundings);
    this.client = this.#openClient(surroundings);
    network.watch = new AnswerWatch(this);
    makeMischief(this, this.#prng);
    this.#plan();
  }

  get hosts(): readonly Host[] {
    return [...this.client.hosts, ...this.server.hosts];
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
      const sent = new Map(this.hosts.map((host) => [host, sentBy(host)]));
      this.atCalm = { causes: causesOf(this), sent };
    });
    if (cancel) this.time.at(cancel.atMs, () => this.#at(cancel.side)?.cancel("Interrupted"));
    for (const { side, atMs, forMs } of stalls) {
      this.time.at(atMs, () => this.#at(side)?.stall(forMs));
    }
  }

  #at(side: Side): Host | undefined {
    return side === "client" ? this.client.host : this.server.hosts.at(-1);
  }

  #openClient(surroundings: Surroundings): ClientEnd {
    const { direction, peer } = this.scenario;
    const cargo = direction === "get" ? { sink: this.#sink() } : { source: this.#source("client") };
    const open = (packet: RequestPacket): Opening =>
      peer?.side === "client" ? peerClient(packet, peer, this.#content) : this.#request(packet);
    const fallsBack = peer?.side !== "client";
    const packet = requestOf(this.scenario);
    return new ClientEnd({ packet, open, fallsBack, ...cargo }, surroundings);
  }

  #request(packet: RequestPacket): Request {
    if (this.scenario.patient) {
      const timing = { ...DEFAULT_TIMING, retries: PATIENCE };
      return new Request(packet, { timing, openingRetries: PATIENCE, dallyMs: PATIENT_DALLY_MS });
    }
    const { retries } = DEFAULT_TIMING;
    const openingRetries = packet.options.length > 0 ? OPTIONED_RETRIES : retries;
    return new Request(packet, { timing: DEFAULT_TIMING, openingRetries, ...CLIENT_DALLY });
  }

  /** A server's answer to a request. */
  #serve(request: RequestPacket): Cargo {
    const { peer, patient, grantsTimeout } = this.scenario;
    const limits: Limits = {
      maxBlksize: MAX_BLKSIZE,
      maxWindowsize: MAX_WINDOWSIZE,
      grantTimeout: grantsTimeout,
    };
    const content = this.#content;
    const reads = request.opcode === Opcode.RRQ;
    const sink = reads ? undefined : this.#sink();
    if (peer?.side === "server") return peerServer(request, peer, { content, sink, limits });
    const timing = patient ? { ...SERVER_TIMING, retries: PATIENCE } : SERVER_TIMING;
    if (sink) {
      const agreement = grant(request, limits);
      const dallyMs = patient ? PATIENT_DALLY_MS : UPLOAD_DALLY_MS;
      return { sink, machine: new Receiver(agreement, { timing, dallyMs, ...answer(agreement) }) };
    }
    const agreement = grant(request, { ...limits, size: content.length });
    const readAheadBytes = Math.min(READ_AHEAD_BYTES, content.length);
    const settings = { timing, readAheadBytes, ...answer(agreement) };
    return { source: this.#source("server"), machine: new Sender(agreement, settings) };
  }

  #source(side: Side): MemorySource {
    return new MemorySource(this.#content, this.#pace(side));
  }

  #sink(): MemorySink {
    const side = this.scenario.direction === "get" ? "client" : "server";
    const sink = new MemorySink(this.#content, this.#pace(side), this.scenario.roomBytes);
    this.sinks.push(sink);
    return sink;
  }

  #pace(side: Side): Pace {
    const slow = this.scenario.slowDisk;
    if (slow?.side !== side) return () => 0;
    return () => this.#prng.chance(slow.share) ? this.#prng.next() * slow.maxMs : 0;
  }
}

function answer(agreement: Agreement) {
  const options = agreement.granted;
  return options.length > 0 ? { oack: { opcode: Opcode.OACK, options } } : {};
}
