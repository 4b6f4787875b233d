/** One file to move, as `get` and `put` hand it to what runs them. */

import type { ClientOptions, Summary } from "../../mod.ts";
import type { RemoteFile } from "../args/command.ts";

export interface Job {
  readonly direction: "get" | "put";
  readonly remote: RemoteFile;
  /** The path on this side, or `-`. */
  readonly local: string;
  /**
   * Moves it; throws what `get()` and `put()` throw, and `ChecksumError`. `warn` is told what the
   * user should know although the transfer may become whole.
   */
  run(options: ClientOptions, warn: (warning: string) => void): Promise<Moved>;
}

/** A file that has been moved. */
export interface Moved {
  readonly summary: Summary;
  /** In hexadecimal, where it was asked for. */
  readonly sha256?: string;
}

/** How a job ended: one of the two. */
export type Ending =
  | { readonly job: Job; readonly moved: Moved; readonly error?: undefined }
  | { readonly job: Job; readonly error: unknown; readonly moved?: undefined };
