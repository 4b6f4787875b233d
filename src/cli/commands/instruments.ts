/** What --trace, --pcap and --fault put between a command and its sockets. */

import type { Network } from "../../engine/network.ts";
import { FaultyNetwork } from "../../instruments/faulty_network.ts";
import { PcapFile } from "../../instruments/pcap_file.ts";
import { TappedNetwork } from "../../instruments/tapped_network.ts";
import type { NetworkSettings } from "../args/command.ts";
import { faultText } from "../text/fault_text.ts";
import { Ladder } from "../text/ladder.ts";
import { printError } from "./print.ts";

/** Prints lines about the network; a server must never wait for their reader. */
type Say = (lines: readonly string[]) => void;

export class Instruments {
  readonly #pcap: PcapFile | undefined;
  readonly #network: FaultyNetwork | undefined;
  readonly #ladder: Ladder | undefined;
  readonly #say: Say;
  readonly #startedMs = performance.now();

  private constructor({ trace, faults }: NetworkSettings, pcap: PcapFile | undefined, say: Say) {
    this.#pcap = pcap;
    this.#say = say;
    this.#ladder = trace ? new Ladder() : undefined;
    if (faults === undefined) return;
    const seed = faults.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!;
    const spec = { ...faults, seed };
    say([`tftp: simulating a bad network: --fault ${faultText(spec)}`]);
    this.#network = new FaultyNetwork(spec, {
      told: (kind, datagram) => this.#show((ladder, ms) => ladder.fault(kind, datagram, ms)),
    });
  }

  /** Starts the capture. Throws `LocalFileError`. */
  static async open(settings: NetworkSettings, say: Say = printError): Promise<Instruments> {
    const { pcap } = settings;
    return new Instruments(
      settings,
      pcap === undefined ? undefined : await PcapFile.open(pcap),
      say,
    );
  }

  /** Wraps the network of a client or a server: what is sent passes trace, faults and capture. */
  readonly wrap = (network: Network): Network => {
    const pcap = this.#pcap;
    let wrapped = pcap ? new TappedNetwork(network, (seen) => pcap.add(seen)) : network;
    if (this.#network) wrapped = this.#network.wrap(wrapped);
    if (!this.#ladder) return wrapped;
    return new TappedNetwork(wrapped, (datagram) => {
      this.#show((ladder, ms) => ladder.datagram(datagram, ms));
    });
  };

  /** Ends the capture, and reports what is missing in it. */
  async close(): Promise<void> {
    const missing = await this.#pcap?.close() ?? 0;
    if (missing > 0) {
      const why = this.#pcap?.error?.message ?? "writing was too slow";
      this.#say([`tftp: the capture is missing ${missing} datagrams at its end: ${why}`]);
    }
    if (!this.#pcap?.hasUnknownAddress) return;
    this.#say([
      "tftp: the local address is zero in the capture: to fill it in, add " +
      "--allow-sys=networkInterfaces, or name it with --from or -a",
    ]);
  }

  #show(line: (ladder: Ladder, elapsedMs: number) => string): void {
    if (this.#ladder) this.#say([line(this.#ladder, performance.now() - this.#startedMs)]);
  }
}
