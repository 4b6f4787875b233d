/** What the flags --trace, --pcap and --fault put between a command and its sockets. */

import type { Endpoint } from "../net/endpoint.ts";
import { FaultyNetwork } from "../instruments/faulty_network.ts";
import { PcapFile } from "../instruments/pcap_file.ts";
import { TappedEndpoint } from "../instruments/tapped_endpoint.ts";
import type { NetworkWishes } from "./command.ts";
import { faultText } from "./fault_text.ts";
import { Ladder } from "./ladder.ts";
import { printError } from "./print.ts";

export class Instruments {
  readonly #pcap: PcapFile | undefined;
  readonly #network: FaultyNetwork | undefined;
  readonly #ladder: Ladder | undefined;
  readonly #startedMs = performance.now();

  /** Begins the capture. Throws `LocalFileError`. */
  constructor({ trace, pcap, faults }: NetworkWishes) {
    this.#pcap = pcap === undefined ? undefined : new PcapFile(pcap);
    this.#ladder = trace ? new Ladder() : undefined;
    if (faults === undefined) return;
    const seed = faults.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
    const spec = { ...faults, seed };
    printError([`tftp: a bad network on purpose: --fault ${faultText(spec)}`]);
    this.#network = new FaultyNetwork(spec, {
      told: (kind, datagram) => this.#say((ladder, ms) => ladder.fault(kind, datagram, ms)),
    });
  }

  /**
   * To be handed to a client or a server: what is sent passes trace, faults and capture in turn.
   */
  readonly wrapEndpoint = (endpoint: Endpoint): Endpoint => {
    const pcap = this.#pcap;
    let wrapped = pcap ? new TappedEndpoint(endpoint, (seen) => pcap.add(seen)) : endpoint;
    if (this.#network) wrapped = this.#network.wrap(wrapped);
    if (!this.#ladder) return wrapped;
    return new TappedEndpoint(wrapped, (datagram) => {
      this.#say((ladder, ms) => ladder.datagram(datagram, ms));
    });
  };

  /** Whether there is nothing to put there. */
  get idle(): boolean {
    return !this.#pcap && !this.#network && !this.#ladder;
  }

  close(): void {
    this.#pcap?.close();
    if (!this.#pcap?.hasUnknownAddress) return;
    printError([
      "tftp: the capture shows zeros for this side's address: Deno tells it with " +
      "--allow-sys=networkInterfaces, and --from or -a names it",
    ]);
  }

  #say(line: (ladder: Ladder, elapsedMs: number) => string): void {
    if (this.#ladder) printError([line(this.#ladder, performance.now() - this.#startedMs)]);
  }
}
