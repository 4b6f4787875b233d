/** What the flags --trace, --pcap and --fault put between a command and its sockets. */

import type { Network } from "../engine/network.ts";
import { FaultyNetwork } from "../instruments/faulty_network.ts";
import { PcapFile } from "../instruments/pcap_file.ts";
import { TappedNetwork } from "../instruments/tapped_network.ts";
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
   * Around the network of a client or a server: what is sent passes trace, faults and capture.
   */
  readonly wrap = (network: Network): Network => {
    const pcap = this.#pcap;
    let wrapped = pcap ? new TappedNetwork(network, (seen) => pcap.add(seen)) : network;
    if (this.#network) wrapped = this.#network.wrap(wrapped);
    if (!this.#ladder) return wrapped;
    return new TappedNetwork(wrapped, (datagram) => {
      this.#say((ladder, ms) => ladder.datagram(datagram, ms));
    });
  };

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
