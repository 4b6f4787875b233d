/** Loads what --trace, --pcap and --fault need, where one of them is given. */

import type { NetworkSettings } from "../args/command.ts";
import type { Instruments } from "./instruments.ts";

/** Opens them, and prints by `say`. Throws `LocalFileError`. */
export async function wantedInstruments(
  settings: NetworkSettings,
  say?: (lines: readonly string[]) => void,
): Promise<Instruments | undefined> {
  const { trace, pcap, faults } = settings;
  if (!trace && pcap === undefined && faults === undefined) return undefined;
  const { Instruments } = await import("./instruments.ts");
  return await Instruments.open(settings, say);
}
