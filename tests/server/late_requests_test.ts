/** A copy of a WRQ that arrives when its upload is complete (Q1, P9). */

import { assertEquals } from "@std/assert";
import type { Handler } from "../../src/engine/handler.ts";
import { ErrorCode, TftpError } from "../../src/protocol/mod.ts";
import { ack, data, wrq } from "../helpers/net/wire.ts";
import { MemoryServer } from "../helpers/sim/memory_server.ts";

const CLIENT = { hostname: "10.0.0.9", port: 2000 };

/** Takes each name once, as a folder does for new files only. */
function onlyNew(files: Handler): Handler {
  const names = new Set<string>();
  return {
    open(request) {
      if (names.has(request.name)) throw new TftpError("local", ErrorCode.FileExists);
      names.add(request.name);
      return files.open(request);
    },
  };
}

/** A server that has just taken an upload of one block, whose last ACK has left. */
function uploaded(singlePort: boolean, overwrite: boolean) {
  const handler = overwrite ? {} : { handler: onlyNew };
  const server = new MemoryServer({}, {}, { singlePort, ...handler });
  server.listen(CLIENT);
  server.deliver(wrq("name"), CLIENT);
  server.turns();
  const { packet, from } = server.take(CLIENT)!;
  assertEquals(packet, ack(0));
  const send = () => server.deliver(data(1, Uint8Array.of(1)), CLIENT, from);
  send();
  server.turns();
  assertEquals(server.take(CLIENT)?.packet, ack(1));
  return { server, send };
}

for (const singlePort of [false, true]) {
  const where = `single port: ${singlePort}`;
  for (const overwrite of [false, true]) {
    const how = `${overwrite ? "overwriting" : "new files only"}, ${where}`;
    Deno.test(`a late copy of a WRQ does not disturb its complete upload: ${how}`, () => {
      const { server, send } = uploaded(singlePort, overwrite);
      for (let copy = 0; copy < 3; copy++) {
        server.pass(300);
        server.deliver(wrq("name"), CLIENT);
        server.turns();
        assertEquals(server.take(CLIENT), undefined);
      }
      // The last ACK was lost.
      send();
      server.turns();
      assertEquals(server.take(CLIENT)?.packet, ack(1));
      const results = server.records.map((record) => record.kind === "transfer" && record.result);
      assertEquals(results, ["done"]);
      server.assertSound();
    });
  }

  Deno.test(`a client that sends the same file once more is heard after a second, ${where}`, () => {
    const { server } = uploaded(singlePort, true);
    server.deliver(wrq("name"), CLIENT);
    server.pass(1000);
    assertEquals(server.take(CLIENT), undefined);
    server.deliver(wrq("name"), CLIENT);
    server.turns();
    const { packet, from } = server.take(CLIENT)!;
    assertEquals(packet, ack(0));
    server.deliver(data(1, Uint8Array.of(2)), CLIENT, from);
    server.turns();
    assertEquals(server.take(CLIENT)?.packet, ack(1));
    server.assertSound();
  });
}
