// deno-lint-ignore-file no-console
/**
 * A separate program with native sockets, because what it does can't be undone: it gives up
 * permissions, or is in a network namespace of its own. Prints one JSON value.
 */

import type { Peer } from "../../../src/engine/network.ts";
import { udpAddress } from "../../../src/engine/address.ts";
import { openNative, whyNotNative } from "../../../src/net/native/mod.ts";
import { FileBlocks, numberedFile } from "../files/file_blocks.ts";
import { bytesOf, Told } from "./native.ts";
import { until } from "../sim/within.ts";
import { outcome } from "../sim/outcome.ts";

const BLOCKS = 21;

const OPERATIONS: Readonly<Record<string, (...args: string[]) => Promise<unknown> | unknown>> = {
  why: () => whyNotNative() ?? null,
  seal,
  linkLocal,
  segments,
  collect,
  terminate,
};

if (import.meta.main) {
  const [operation = "", ...args] = Deno.args;
  console.log(JSON.stringify(await OPERATIONS[operation]!(...args)));
}

/** Loads everything, gives up the permission, and tries what should no longer be possible. */
async function seal(): Promise<unknown> {
  const { network, path, seal } = openNative();
  seal();
  const told = new Told();
  const socket = network.bind({ hostname: "127.0.0.1", port: 0 }, told);
  socket.send(bytesOf("still works"), socket.address);
  const texts = await told.texts(1);
  socket.close();
  await network.ended;
  return {
    texts,
    dlopen: outcome(() => Deno.dlopen(path, {})),
    bare: outcome(() => Deno.dlopen("libc.so.6", {})),
    pointer: outcome(() => Deno.UnsafePointer.of(new Uint8Array(8))),
    state: Deno.permissions.querySync({ name: "ffi", path }).state,
  };
}

/** Sends to a link-local address and answers: both must say which interface is meant. */
async function linkLocal(address: string, scope: string): Promise<unknown> {
  const { network } = openNative();
  const server = new Told();
  server.receive = (bytes: Uint8Array, from: Peer) => {
    server.received.push({ bytes: bytes.slice(), from });
    serving.send(bytesOf("answer"), from);
  };
  const serving = network.bind({ hostname: "::", port: 0, reportsLocal: true }, server);
  const told = new Told();
  const client = network.bind({ hostname: "::", port: 0 }, told);
  client.send(bytesOf("question"), udpAddress(`${address}%${scope}`, serving.address.port));
  await told.texts(1);
  const bound = network.bind({ hostname: `${address}%${scope}`, port: 0 }, told);
  const shown = {
    asker: server.received[0]!.from.hostname,
    answerer: told.received[0]!.from.hostname,
    bound: bound.address.hostname,
  };
  for (const socket of [serving, client, bound]) socket.close();
  await network.ended;
  return shown;
}

/**
 * Sends blocks twice to an address where `collect` runs, in datagrams that are larger than the way
 * there takes whole.
 */
async function segments(hostname: string, port: string, blksize: string): Promise<unknown> {
  const { network } = openNative();
  const told = new Told();
  const socket = network.bind({ hostname: "0.0.0.0", port: 0 }, told);
  const to = udpAddress(hostname, Number(port));
  // The other program may still be starting.
  const asking = setInterval(() => socket.send(bytesOf("?"), to), 20);
  await told.texts(1);
  clearInterval(asking);
  told.unsent.length = 0;
  const blocks = new FileBlocks(numberedFile((BLOCKS - 1) * Number(blksize)), Number(blksize));
  for (const first of [1, 1]) {
    socket.sendBlocks(blocks, first, BLOCKS, to);
    socket.flush();
  }
  await told.texts(told.received.length + 1);
  socket.close();
  await network.ended;
  return { unsent: told.unsent.map(({ error }) => error.message) };
}

/** Answers questions, and takes blocks until all have come twice. */
async function collect(port: string, blksize: string): Promise<unknown> {
  const { network } = openNative();
  const told = new Told();
  const blocks: Uint8Array[] = [];
  told.receive = (bytes: Uint8Array, from: Peer) => {
    if (bytes[0] === 0) blocks.push(bytes.slice());
    if (bytes[0] !== 0 || blocks.length === 2 * BLOCKS) socket.send(bytesOf("!"), from);
  };
  const socket = network.bind({ hostname: "0.0.0.0", port: Number(port) }, told);
  await until(() => blocks.length === 2 * BLOCKS, "the last block");
  socket.close();
  await network.ended;
  const expected = new FileBlocks(numberedFile((BLOCKS - 1) * Number(blksize)), Number(blksize));
  return blocks.filter((bytes, at) => isSame(bytes, expected.packet(at % BLOCKS + 1))).length;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** Ends a worker that waits for datagrams, without closing its socket. */
async function terminate(): Promise<unknown> {
  const worker = new Worker(new URL("native_worker.ts", import.meta.url), { type: "module" });
  const text = await new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data));
  worker.terminate();
  return text;
}
