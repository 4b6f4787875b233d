/** The report of a run as one value: printed for people, or as JSON. */

import type { Finding, Grade } from "./finding.ts";
import type { Limits } from "./server/bounds.ts";
import type { PathMeasures } from "./server/path.ts";
import type { Program } from "./server/program.ts";

/** How a run ended; it gives the exit code. */
export type Outcome =
  | "fine"
  | "no host"
  | "no answer"
  | "no file"
  | "protocol"
  | "local"
  | "port";

export interface Verdict {
  readonly outcome: Outcome;
  readonly grade: Grade;
  /** Sentences, the most important one first. */
  readonly sentences: readonly string[];
  /** The command to use; absent where none would work. */
  readonly command?: string;
}

export interface ServerReport {
  readonly kind: "server";
  readonly host: string;
  readonly port: number;
  /** The file that was requested; absent where none was given and none was found. */
  readonly file?: string;
  /** Whether `file` was found by its usual name, and not given. */
  readonly guessed: boolean;
  readonly addresses: readonly string[];
  /** The address that was tested. */
  readonly address?: string;
  readonly findings: readonly Finding[];
  readonly path?: PathMeasures;
  /** The options to ask for. */
  readonly best?: { readonly blksize: number; readonly windowsize: number };
  readonly program: Program;
  readonly verdict: Verdict;
  readonly traffic: {
    readonly sent: number;
    readonly sentBytes: number;
    readonly received: number;
    readonly receivedBytes: number;
    readonly limits: Limits;
  };
  readonly ms: number;
}

export interface MachineReport {
  readonly kind: "machine";
  /** The folder; undefined where only an HTTP server or a bucket is served. */
  readonly root: string | undefined;
  readonly port: number;
  readonly findings: readonly Finding[];
  readonly verdict: Verdict;
  /** Lines for DHCP servers. */
  readonly dhcp: readonly DhcpLines[];
  readonly ms: number;
}

/** What a DHCP server has to send. */
export interface DhcpLines {
  readonly program: string;
  readonly lines: readonly string[];
}
