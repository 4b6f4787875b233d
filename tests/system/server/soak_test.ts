/** The soak for a quarter of a minute; `deno task soak` is the long one. */

import { assert, assertEquals } from "@std/assert";
import { fillSoakedFolder, soak } from "../../soak/requests.ts";
import { SoakedServer } from "../../soak/soaked_server.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

/** Requests before the first look, and between that and the last. */
const REQUESTS = 2000;

/** How much more the heap may hold, in bytes: code that V8 has compiled meanwhile, and tables. */
const MAX_GROWTH_BYTES = 4 * 1024 * 1024;

Deno.test("a server holds no more after 4000 requests than after 2000", async () => {
  using folder = new TempFolder();
  fillSoakedFolder(folder);
  const server = await SoakedServer.start(folder.path);
  try {
    await soak(server.port, 0, REQUESTS);
    const early = await server.atRest();
    const notServed = await soak(server.port, REQUESTS, 2 * REQUESTS);
    const late = await server.atRest();
    assert(notServed < REQUESTS / 10, `${notServed} of ${REQUESTS} requests were not served`);
    for (const name of ["transfers", "clients", "sockets", "descriptors", "temporaryFiles"]) {
      assertEquals(late[name], early[name], `${name}: ${JSON.stringify({ early, late })}`);
    }
    assertEquals(late["temporaryFiles"], 0);
    const grown = late["heap"]! - early["heap"]!;
    assert(grown < MAX_GROWTH_BYTES, `the heap has grown by ${grown} bytes`);
  } finally {
    await server.stop();
  }
});
