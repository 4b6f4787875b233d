/**
 * A {@linkcode Relay} in a process of its own, so that it takes no time from the ends: prints its
 * port and works until it is killed. The argument is its settings as JSON.
 */

import { fromFileUrl } from "@std/path";
import { importMapArgs } from "../../tests/helpers/process/cli.ts";
import { Relay, type RelaySettings } from "../../tests/helpers/net/relay.ts";

/** A relay that another process is. */
export interface RunningRelay {
  readonly port: number;
  stop(): Promise<void>;
}

export async function startRelay(settings: RelaySettings): Promise<RunningRelay> {
  const config = fromFileUrl(new URL("../../deno.json", import.meta.url));
  const flags = ["run", "--quiet", "--config", config, ...importMapArgs(), "-A"];
  const child = new Deno.Command(Deno.execPath(), {
    args: [...flags, fromFileUrl(import.meta.url), JSON.stringify(settings)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  const port = Number(new TextDecoder().decode(value));
  const stop = async () => {
    child.kill("SIGKILL");
    await reader.cancel();
    await child.status;
  };
  return { port, stop };
}

if (import.meta.main) {
  const relay = new Relay(JSON.parse(Deno.args[0]!));
  Deno.stdout.writeSync(new TextEncoder().encode(`${relay.port}\n`));
}
