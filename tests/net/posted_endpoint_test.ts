/** An endpoint whose datagrams are messages. */

import { assert, assertEquals } from "@std/assert";
import { PostedEndpoint } from "../../src/net/posted_endpoint.ts";
import { udpAddress } from "../../src/engine/address.ts";

const HERE = udpAddress("127.0.0.1", 69);
const PEER = udpAddress("127.0.0.7", 2070);

function endpoint() {
  const posted: [number, number][] = [];
  const counted = { taken: 0 };
  const made = new PostedEndpoint(HERE, {
    post: (bytes, to) => posted.push([bytes[0]!, to.port]),
    taken: () => counted.taken++,
  });
  return { made, posted, counted };
}

Deno.test("PostedEndpoint gives what was delivered, in order, and says so", async () => {
  const { made, counted } = endpoint();
  made.deliver(Uint8Array.of(1), PEER);
  made.deliver(Uint8Array.of(2), PEER);
  assertEquals(counted.taken, 0);
  const first = await made.receive();
  assertEquals([first[0][0], first[1], counted.taken], [1, PEER, 1]);
  assertEquals((await made.receive())[0][0], 2);
  const third = made.receive();
  made.deliver(Uint8Array.of(3), PEER);
  made.deliver(Uint8Array.of(4), PEER);
  assertEquals([(await third)[0][0], counted.taken], [3, 3]);
  assertEquals((await made.receive())[0][0], 4);
});

Deno.test("PostedEndpoint posts what is sent", async () => {
  const { made, posted } = endpoint();
  await made.send(Uint8Array.of(5), PEER);
  assertEquals([posted, made.address], [[[5, 2070]], HERE]);
});

Deno.test("PostedEndpoint ends a receive when it is closed, also twice", async () => {
  const { made } = endpoint();
  const pending = made.receive().then(() => false, () => true);
  made.close();
  made.close();
  assert(await pending);
});
