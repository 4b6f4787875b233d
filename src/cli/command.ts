/** What a command line asks for, as values. Who holds one need not check anything again. */

import type { Mode } from "../protocol/mod.ts";
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

export interface ServeCommand {
  readonly kind: "serve";
  readonly root: string;
  readonly port: number;
  /** Empty: every address of this machine. */
  readonly addresses: readonly string[];
  readonly uploads: "off" | "new" | "overwrite";
  readonly singlePort: boolean;
  readonly log: "error" | "info" | "debug";
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
