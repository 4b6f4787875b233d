/** Servers of handlers, and clients of the library, over real sockets. */

import { assertRejects } from "@std/assert";
import {
  type ClientOptions,
  type Download,
  get,
  serve,
  type ServeOptions,
  type Server,
  TftpError,
} from "../../../src/mod.ts";
import { pattern } from "../files/temp_folder.ts";
import { endOf, testNetwork, testServerNetwork } from "./test_network.ts";

/** A server on a free port of 127.0.0.1, whose network has ended when it was disposed of. */
export function serving(options: ServeOptions): Server {
  const { network = testServerNetwork() } = options;
  const server = serve({ port: 0, addresses: ["127.0.0.1"], network, ...options });
  return Object.assign(server, {
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await endOf(network);
    },
  });
}

export function targetOf(server: Server): ClientOptions {
  return { host: "127.0.0.1", port: server.addresses[0]!.port, network: testNetwork() };
}

export async function bytesOf(server: Server, name = "file"): Promise<Uint8Array> {
  const target = targetOf(server);
  const bytes = await wholeOf(await get(name, target));
  await endOf(target.network!);
  return bytes;
}

/** All bytes of a file, after its client has ended too. */
export async function wholeOf({ body, summary }: Download): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await new Response(body).bytes();
  await (await summary).dallied;
  return bytes;
}

export async function refusalOf(server: Server, name = "file"): Promise<string> {
  const target = targetOf(server);
  const error = await assertRejects(() => get(name, target), TftpError);
  await endOf(target.network!);
  return `${error.code} ${error.message}`;
}

export const FILE = pattern(100_000);

/** The pieces of a file, one after the other, as a network gives them. */
export function streamOf(bytes: Uint8Array, pieceBytes = 7000): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      await Promise.resolve();
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + pieceBytes));
      at += pieceBytes;
    },
  });
}
