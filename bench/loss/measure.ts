/** One file through one bad network, with a limit on the time. */

import type { LinkSettings } from "../../tests/helpers/sim/sim_network.ts";
import { pattern, TempFolder } from "../../tests/helpers/files/temp_folder.ts";
import type { BenchClient, BenchServer } from "./ends.ts";
import { startRelay } from "./relay_process.ts";

export interface Case {
  readonly client: BenchClient;
  readonly server: BenchServer;
  readonly direction: "get" | "put";
  readonly bytes: number;
  readonly blksize: number;
  readonly windowsize: number;
  /** The same both ways. */
  readonly link: LinkSettings;
  readonly seed: number;
  readonly limitSeconds: number;
}

/** The result: a time, or why there is none. */
export interface Measured {
  readonly seconds: number;
  /** The limit was reached first. */
  readonly cut: boolean;
  /** Why it failed, or that the file is not the one that was sent. */
  readonly failure?: string;
}

/** Moves the file and compares it. Without loss or delay there is a relay, too: it costs time. */
export async function measure(test: Case): Promise<Measured> {
  using served = new TempFolder();
  using local = new TempFolder();
  const content = pattern(test.bytes);
  const [source, target] = test.direction === "get" ? [served, local] : [local, served];
  source.write("file", content);
  // Some servers only take what is there already and open to all.
  if (test.direction === "put") await Deno.chmod(served.write("file", ""), 0o666);
  await Deno.chmod(served.path, 0o777);
  const server = await test.server.start(served.path);
  const { link, seed } = test;
  const asked = { hostname: server.host, port: server.port };
  const relay = await startRelay({ server: asked, toServer: link, toClient: link, seed });
  try {
    const measured = await timed(test, { port: relay.port, local: local.at("file") });
    if (measured.cut || measured.failure !== undefined) return measured;
    const isSame = equal(target.bytes("file"), content);
    return isSame ? measured : { ...measured, failure: "not the same file" };
  } finally {
    await relay.stop();
    await server.stop();
  }
}

async function timed(test: Case, where: { port: number; local: string }): Promise<Measured> {
  const { client, direction, blksize, windowsize, limitSeconds } = test;
  const limit = AbortSignal.timeout(limitSeconds * 1000);
  const began = performance.now();
  const elapsed = () => (performance.now() - began) / 1000;
  try {
    await client.move({ direction, blksize, windowsize, remote: "file", ...where }, limit);
    return { seconds: elapsed(), cut: false };
  } catch (error) {
    const cut = limit.aborted;
    return { seconds: elapsed(), cut, ...(cut ? {} : { failure: (error as Error).message }) };
  }
}

function equal(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}
