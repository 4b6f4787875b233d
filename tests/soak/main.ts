/**
 * A soak: mixed requests, half of them abandoned or hostile, against a server of its own
 * process. Afterwards it must hold no more than after the first part.
 *
 *     deno task soak                  100,000 requests
 *     deno task soak --requests=10000
 *     TFTP_TEST_IO=native deno task soak
 */

// deno-lint-ignore-file no-console
import { TempFolder } from "../helpers/files/temp_folder.ts";
import { fillSoakedFolder, soak } from "./requests.ts";
import { SoakedServer } from "./soaked_server.ts";

/** Requests before the first look. */
const WARM_UP = 5000;

/** Requests between two looks in passing. */
const STRETCH = 10_000;

/** How much more may be held at the end than at the first look. */
const TOLERANCE = 1.1;

async function stretch(server: SoakedServer, from: number, to: number): Promise<void> {
  const notServed = await soak(server.port, from, to);
  console.log(`${to} requests, ${notServed} of them not served`);
}

if (import.meta.main) {
  const told = Deno.args.find((arg) => arg.startsWith("--requests="));
  const requests = Math.max(2 * WARM_UP, Number(told?.split("=")[1] ?? 100_000));
  using folder = new TempFolder();
  fillSoakedFolder(folder);
  const server = await SoakedServer.start(folder.path);
  const begun = performance.now();
  await stretch(server, 0, WARM_UP);
  const early = await server.atRest();
  console.log(JSON.stringify(early));
  for (let from = WARM_UP; from < requests; from += STRETCH) {
    await stretch(server, from, Math.min(from + STRETCH, requests));
    console.log(JSON.stringify(await server.held()));
  }
  const late = await server.atRest();
  console.log(JSON.stringify(late));
  await server.stop();
  const grown = Object.entries(late).filter(([key, now]) => now > (early[key] ?? 0) * TOLERANCE);
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  console.log(grown.length === 0 ? `flat after ${seconds} s` : `grown: ${grown.join("; ")}`);
  Deno.exit(grown.length === 0 ? 0 : 1);
}
