// deno-lint-ignore-file no-console
/**
 * A test double: stands in for a TFTP server in the tests of somebody's firmware. It serves what a
 * test gives it, refuses and fails as it is told, and knows what was asked for.
 *
 *     await using server = new TftpDouble();
 *     server.files.set("firmware.bin", image);
 *     await runBootLoader(`tftp://127.0.0.1:${server.port}/firmware.bin`);
 *     assertEquals(server.requests, ["get firmware.bin"]);
 *
 * Started by itself it serves one file, breaks off another, and tells what was asked for:
 *
 *     deno run --unstable-net --allow-net examples/test_double.ts 6969
 */

import { refusal, serve, type ServeAnswer, type Server, type ServeRequest } from "@tftp/tftp";

export class TftpDouble implements AsyncDisposable {
  /** What can be fetched, by name; what is sent here is found here too. */
  readonly files = new Map<string, Uint8Array>();
  /** Names whose transfer breaks off in the middle, as when a cable is pulled. */
  readonly broken = new Set<string>();
  /** What was asked for, in order: `get firmware.bin`. */
  readonly requests: string[] = [];
  readonly #server: Server;

  constructor({ port = 0, windowsize = 16 } = {}) {
    this.#server = serve({
      ...{ port, addresses: ["127.0.0.1"], uploads: "overwrite", maxWindowsize: windowsize },
      handler: (request) => this.#answer(request),
    });
  }

  get port(): number {
    return this.#server.addresses[0]!.port;
  }

  /** Resolves when the server ends. */
  get finished(): Promise<void> {
    return this.#server.finished;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #answer({ direction, name }: ServeRequest): ServeAnswer {
    this.requests.push(`${direction} ${name}`);
    if (direction === "put") return this.#keep(name);
    const bytes = this.files.get(name);
    if (!bytes) return refusal(1);
    return this.broken.has(name) ? halfOf(bytes) : bytes;
  }

  #keep(name: string): WritableStream<Uint8Array> {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    return new WritableStream({
      write: (piece) => void pieces.push(piece as Uint8Array<ArrayBuffer>),
      close: async () => void this.files.set(name, await new Blob(pieces).bytes()),
    });
  }
}

/** The first half, and then an error: the transfer fails in the middle. */
function halfOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  async function* pieces() {
    yield await Promise.resolve(bytes.subarray(0, bytes.length / 2));
    throw new Error("The double breaks off here");
  }
  return ReadableStream.from(pieces());
}

if (import.meta.main) {
  await using double = new TftpDouble({ port: Number(Deno.args[0] ?? 6969) });
  double.files.set("firmware.bin", crypto.getRandomValues(new Uint8Array(60_000)));
  double.files.set("broken.bin", new Uint8Array(60_000));
  double.broken.add("broken.bin");
  Deno.addSignalListener("SIGINT", () => double[Symbol.asyncDispose]());
  console.log(`listening on port ${double.port}`);
  await double.finished;
  console.log(double.requests.join("\n"));
}
