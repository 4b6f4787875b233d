/** What a command line asks for, as values. Who holds one need not check anything again. */

import type { PortRange, ServePolicy, UploadPolicy } from "../mod.ts";
import type { Mode } from "../protocol/mod.ts";
import type { Presets } from "./build.ts";
import type { CommandName } from "./flag_table.ts";

/** How a transfer is to be made; what is undefined is the client's to choose. */
export interface TransferSettings {
  readonly family: 4 | 6 | undefined;
  readonly blksize: number | undefined;
  readonly windowsize: number | undefined;
  readonly timeoutMs: number | undefined;
  readonly timeoutOption: boolean;
  readonly retries: number | undefined;
  readonly plain: boolean;
  readonly volume: "quiet" | "normal" | "verbose";
}

/** A file on a server. */
export interface RemoteFile {
  readonly host: string;
  readonly port: number;
  readonly filename: string;
  readonly mode: Mode;
}

export interface GetCommand {
  readonly kind: "get";
  readonly files: readonly RemoteFile[];
  /** A file, a folder, `-` for standard output, or undefined for the current folder. */
  readonly output: string | undefined;
  readonly settings: TransferSettings;
}

export interface PutCommand {
  readonly kind: "put";
  /** `local` is a path, or `-` for standard input. */
  readonly files: readonly { readonly local: string; readonly remote: RemoteFile }[];
  readonly settings: TransferSettings;
}

/**
 * What a server is to do, as far as words can say it; `map` names a file that is yet to be read.
 */
export interface ServeSettings {
  readonly root: string;
  readonly port: number;
  /** Empty: every address of this machine. */
  readonly addresses: readonly string[];
  readonly singlePort: boolean;
  readonly portRange?: PortRange;
  readonly policy: Partial<ServePolicy> & { readonly uploads: UploadPolicy };
  readonly map: string | undefined;
  readonly log: LogSettings;
  readonly drainMs: number;
}

export interface LogSettings {
  readonly level: "error" | "info" | "debug";
  readonly format: "text" | "json";
  /** Undefined for standard output. */
  readonly file: string | undefined;
}

export interface ServeCommand {
  readonly kind: "serve";
  readonly task: "serve" | "print-config" | { readonly mapTest: string; readonly from: string };
  readonly settings: ServeSettings;
  readonly config: string | undefined;
  /** What was said on the command line: it wins over the configuration file. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** What the build says: both win over it. */
  readonly presets: Presets;
}

export interface HelpCommand {
  readonly kind: "help";
  readonly topic: CommandName | undefined;
}

export interface VersionCommand {
  readonly kind: "version";
}

export interface PermissionsCommand {
  readonly kind: "permissions";
}

export type Command =
  | GetCommand
  | PutCommand
  | ServeCommand
  | HelpCommand
  | VersionCommand
  | PermissionsCommand;
