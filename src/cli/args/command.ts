/** Parsed command lines, already checked. */

import type { ClientOptions } from "../../client/client_options.ts";
import type { PortRange, ServePolicy, UploadPolicy } from "../../mod.ts";
import type { Io } from "../../net/io.ts";
import type { Mode } from "../../protocol/mod.ts";
import type { FaultSpec } from "../../instruments/fault_plan.ts";
import type { Presets } from "./build.ts";
import type { CommandName } from "./flag_table.ts";

/** Sockets, capture, trace and simulated faults of a command. */
export interface NetworkSettings {
  /** Which sockets to use. */
  readonly io: Io;
  /** The only network interface to use. */
  readonly interfaceName: string | undefined;
  readonly trace: boolean;
  /** The capture file. */
  readonly pcap: string | undefined;
  readonly faults: FaultOptions | undefined;
}

/** Simulated faults; without a seed, a random one is used. */
export type FaultOptions = Omit<FaultSpec, "seed"> & { readonly seed: number | undefined };

/** The options of the client that a command line can set. */
export const CLIENT_SETTINGS = [
  ...["family", "from", "localPorts", "interfaceName"] as const,
  ...["blksize", "windowsize", "timeoutMs", "timeoutOption", "retries"] as const,
  ...["plain", "waitMs", "maxBytes"] as const,
] as const;

/** As in `ClientOptions`; what is undefined is left to the client. */
type ClientSettings = {
  readonly [Name in (typeof CLIENT_SETTINGS)[number]]: ClientOptions[Name] | undefined;
};

/** The settings of transfers. */
export interface TransferSettings extends NetworkSettings, ClientSettings {
  /** Transfers at once. */
  readonly jobs: number;
  /** Whether the SHA-256 of each file is printed. */
  readonly checksum: boolean;
  readonly json: boolean;
  readonly progress: "auto" | "always" | "never";
  readonly volume: "quiet" | "normal" | "verbose";
}

/** A file on a server. */
export interface RemoteFile {
  readonly host: string;
  readonly port: number;
  readonly filename: string;
  readonly mode: Mode;
}

/** A file to fetch, and the SHA-256 it must have, in lower-case hexadecimal. */
export interface WantedFile extends RemoteFile {
  readonly sha256?: string;
  /** The list and line that names it; such a file may not be written anywhere. */
  readonly listed?: string;
}

/** A file to send. `local` is a path, or `-` for standard input. */
export interface OfferedFile {
  readonly local: string;
  readonly remote: RemoteFile;
  readonly sha256?: string;
}

/** A list of further files; `filename` is the folder that their names are relative to. */
export interface ManifestOption {
  /** `-` for standard input. */
  readonly path: string;
  readonly remote: RemoteFile;
}

export interface GetCommand {
  readonly kind: "get";
  readonly files: readonly WantedFile[];
  readonly manifest: ManifestOption | undefined;
  /** A file, a folder, `-` for standard output, or undefined for the current folder. */
  readonly output: string | undefined;
  /** Whether an existing file may be replaced. */
  readonly clobber: boolean;
  /** Whether a list may also replace files and write hidden ones. */
  readonly listMayClobber: boolean;
  readonly keepPartial: boolean;
  readonly settings: TransferSettings;
}

export interface PutCommand {
  readonly kind: "put";
  readonly files: readonly OfferedFile[];
  readonly manifest: ManifestOption | undefined;
  readonly settings: TransferSettings;
}

/** The settings of a server; the file named by `map` is not read yet. */
export interface ServeSettings extends NetworkSettings {
  /** The folder; undefined where all files come from an origin. */
  readonly root: string | undefined;
  readonly origin: OriginFlags | undefined;
  readonly port: number;
  /** Empty for all addresses of this machine. */
  readonly addresses: readonly string[];
  /** Whether IPv4 is left to others, where sockets can. */
  readonly ipv6Only: boolean;
  readonly singlePort: boolean;
  readonly portRange?: PortRange;
  /** Number of threads; with Deno's sockets, a single one is the main thread. */
  readonly workers: number;
  /** The user to switch to once the port is bound. */
  readonly user: string | undefined;
  readonly policy: Partial<ServePolicy> & { readonly uploads: UploadPolicy };
  readonly map: string | undefined;
  /** Patterns for the names of templates. */
  readonly templates: readonly string[];
  /** A file that describes machines, for templates. */
  readonly hosts: string | undefined;
  /** Whether every file has a checksum file, `NAME.sha256`. */
  readonly checksums: boolean;
  /** The program to run after an upload. */
  readonly onUpload: string | undefined;
  readonly log: LogSettings;
  readonly drainMs: number;
  /** The HTTP listener for monitoring; undefined for none. */
  readonly http: HttpSettings | undefined;
}

/** The HTTP listener for monitoring. */
export interface HttpSettings {
  readonly hostname: string;
  readonly port: number;
  /** Further host names that HTTP requests may use. */
  readonly names: readonly string[];
  /** The file with the token that requests need. */
  readonly tokenFile: string | undefined;
}

/** The flags of an HTTP server or an object store; its files are not read yet. */
export interface OriginFlags {
  /** It may contain a password. */
  readonly url: string;
  /** Whether it comes before the folder. */
  readonly first: boolean;
  readonly redirects: readonly string[];
  readonly limitMs: number;
  readonly caFile: string | undefined;
  /** The settings of a bucket; undefined for other origins. */
  readonly s3: {
    readonly endpoint: string | undefined;
    readonly region: string;
    /** The file with the keys; undefined for those in the environment. */
    readonly credentials: string | undefined;
  } | undefined;
  readonly cache: {
    readonly folder: string;
    readonly maxBytes: number;
    readonly stale: boolean;
  } | undefined;
}

export interface LogSettings {
  readonly level: "error" | "info" | "debug";
  readonly format: "text" | "json";
  /** Undefined for standard output. */
  readonly file: string | undefined;
}

export interface ServeCommand {
  readonly kind: "serve";
  readonly task: "serve" | "print-config" | { readonly mapTest: string; readonly client: string };
  readonly settings: ServeSettings;
  readonly config: string | undefined;
  /** The flags of the command line, which come before the configuration file. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** The defaults of the build, which come last. */
  readonly presets: Presets;
}

/** A test of a server, or of this machine as one. */
export interface DoctorCommand {
  readonly kind: "doctor";
  readonly json: boolean;
  readonly target: DoctoredServer | { readonly kind: "machine"; readonly serve: ServeCommand };
}

export interface DoctoredServer {
  readonly kind: "server";
  readonly host: string;
  readonly port: number;
  readonly file: string | undefined;
  /** The name of a file to upload; undefined for no upload. */
  readonly upload: string | undefined;
  readonly thorough: boolean;
  readonly settings: NetworkSettings & Pick<TransferSettings, "family" | "from" | "localPorts">;
}

export interface HelpCommand {
  readonly kind: "help";
  readonly topic: CommandName | undefined;
}

export interface VersionCommand {
  readonly kind: "version";
}

export interface ShellCommand {
  readonly kind: "shell";
  /** A first word that may be a host, because it is not a command; absent after `shell`. */
  readonly impliedBy?: string;
  readonly host: string | undefined;
  readonly port: number;
  /** Values by the long names of flags, for every get and put of the shell. */
  readonly flags: ReadonlyMap<string, string>;
}

export interface StatusCommand {
  readonly kind: "status";
  /** The server's address for HTTP, such as `http://127.0.0.1:8069/`. */
  readonly url: string;
  readonly tokenFile: string | undefined;
  /** Print the status once, instead of again and again. */
  readonly once: boolean;
  readonly json: boolean;
}

export interface CompletionsCommand {
  readonly kind: "completions";
  readonly shell: "bash" | "zsh" | "fish";
}

export interface ManCommand {
  readonly kind: "man";
}

export interface PermissionsCommand {
  readonly kind: "permissions";
}

export type Command =
  | GetCommand
  | PutCommand
  | ServeCommand
  | StatusCommand
  | ShellCommand
  | DoctorCommand
  | CompletionsCommand
  | ManCommand
  | HelpCommand
  | VersionCommand
  | PermissionsCommand;
