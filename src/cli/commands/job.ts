/** One transfer, as `get` and `put` pass it to the runner. */

import type { ClientOptions, Summary } from "../../mod.ts";
import type { RemoteFile } from "../args/command.ts";

export interface Job {
  readonly direction: "get" | "put";
  readonly remote: RemoteFile;
  /** The local path, or `-`. */
  readonly local: string;
  /**
   * Runs the transfer; throws what `get()` and `put()` throw, and `ChecksumError`. `warn` gets
   * warnings about a transfer that may still succeed.
   */
  run(options: ClientOptions, warn: (warning: string) => void): Promise<Moved>;
}

/** A completed transfer. */
export interface Moved {
  readonly summary: Summary;
  /** In hexadecimal, where it was requested. */
  readonly sha256?: string;
}

/** The result of a job: one of the two. */
export type Ending =
  | { readonly job: Job; readonly moved: Moved; readonly error?: undefined }
  | { readonly job: Job; readonly error: unknown; readonly moved?: undefined };
