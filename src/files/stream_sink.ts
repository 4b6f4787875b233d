/** Standard output, pipes and devices as sinks: what is written can't be taken back. */

import type { Sink } from "../engine/source_sink.ts";
import { localFileError } from "./file_error.ts";

/**
 * Standard output as a sink.
 *
 * ```ts
 * import { stdoutSink } from "@tftp/tftp";
 *
 * const sink = stdoutSink();
 * await sink.write(new TextEncoder().encode("welcome"));
 * await sink.commit();
 * // It is still open, and others may write to it.
 * if (await Deno.stdout.write(new TextEncoder().encode("\n")) !== 1) throw new Error("closed");
 * ```
 */
export function stdoutSink(): Sink {
  return new StreamSink(Deno.stdout, "standard output", () => {});
}

/** A device or a pipe as a sink. Throws `LocalFileError`. */
export function openSpecialSink(path: string): Sink {
  try {
    return sinkInto(Deno.openSync(path, { write: true }), path);
  } catch (error) {
    throw localFileError("write to", path, error);
  }
}

/**
 * The same for a pipe that nobody reads yet, without blocking the program. Throws `CancelledError`
 * when `signal` is aborted.
 */
export async function openStreamSink(path: string, signal?: AbortSignal): Promise<Sink> {
  const { openStream } = await import("./stream_file.ts");
  return sinkInto(await openStream(path, "write", signal), path);
}

function sinkInto(file: Deno.FsFile, path: string): Sink {
  let open = true;
  return new StreamSink(file, path, () => {
    if (open) file.close();
    open = false;
  });
}

/** The common part of standard output and open files. */
interface Writer {
  write(bytes: Uint8Array): Promise<number>;
}

class StreamSink implements Sink {
  readonly #writer: Writer;
  readonly #name: string;
  readonly #close: () => void;

  constructor(writer: Writer, name: string, close: () => void) {
    this.#writer = writer;
    this.#name = name;
    this.#close = close;
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      let written = 0;
      while (written < bytes.length) written += await this.#writer.write(bytes.subarray(written));
    } catch (error) {
      throw localFileError("write to", this.#name, error);
    }
  }

  commit(): void {
    this.#close();
  }

  abandon(): void {
    this.#close();
  }
}
