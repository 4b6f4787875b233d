/** Parsed command lines, already checked. */

import type { ClientOptions } from "../../client/client_options.ts";
import type { PortRange, ServePolicy, UploadPolicy } from "../../mod.ts";
import type { Io } from "../../net/io.ts";
import type { Mode } from "../../protocol/mod.ts";
import type { FaultSpec } from "../../instruments/fault_plan.ts";
import type { Presets } from "./build.ts";
import type { CommandName } from "./flag_table.ts";

/** Sockets, capture, trace and simulated faults of a command. */
export interface NetworkWishes {
  /** Whose sockets to use. */
  readonly io: Io;
  /** The network interface to use, and no other. */
  readonly interfaceName: string | undefined;
  readonly trace: boolean;
  /** Where a capture goes. */
  readonly pcap: string | undefined;
  readonly faults: FaultWish | undefined;
}

/** Faults to make; without a seed one is drawn. */
export type FaultWish = Omit<FaultSpec, "seed"> & { readonly seed: number | undefined };

/** The options of the client that a command line can set. */
export const CLIENT_SETTINGS = [
  ...["family", "from", "localPorts", "interfaceName"] as const,
  ...["blksize", "windowsize", "timeoutMs", "timeoutOption", "retries"] as const,
  ...["plain", "waitMs", "maxBytes"] as const,
] as const;

/** They mean what `ClientOptions` says; what is undefined is the client's to choose. */
type ClientSettings = {
  readonly [Name in (typeof CLIENT_SETTINGS)[number]]: ClientOptions[Name] | undefined;
};

/** How a transfer is to be made. */
export interface TransferSettings extends NetworkWishes, ClientSettings {
  /** Files at once. */
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
  /** The line of the list that names it and lets it land under a name of the list's choice. */
  readonly listed?: string;
}

/** A file to send. `local` is a path, or `-` for standard input. */
export interface OfferedFile {
  readonly local: string;
  readonly remote: RemoteFile;
  readonly sha256?: string;
}

/** A list of more files, and where they are or go: `filename` is what their names begin with. */
export interface ManifestWish {
  /** `-` for standard input. */
  readonly path: string;
  readonly remote: RemoteFile;
}

export interface GetCommand {
  readonly kind: "get";
  readonly files: readonly WantedFile[];
  readonly manifest: ManifestWish | undefined;
  /** A file, a folder, `-` for standard output, or undefined for the current folder. */
  readonly output: string | undefined;
  /** Whether a file that exists may be replaced. */
  readonly clobber: boolean;
  /** Whether a list may also replace files and write hidden ones. */
  readonly listMayClobber: boolean;
  readonly keepPartial: boolean;
  readonly settings: TransferSettings;
}

export interface PutCommand {
  readonly kind: "put";
  readonly files: readonly OfferedFile[];
  readonly manifest: ManifestWish | undefined;
  readonly settings: TransferSettings;
}

/**
 * The settings of a server; the file named by `map` is not read yet.
 */
export interface ServeSettings extends NetworkWishes {
  /** The folder; undefined where all files come from an origin. */
  readonly root: string | undefined;
  readonly origin: OriginWish | undefined;
  readonly port: number;
  /** Empty: every address of this machine. */
  readonly addresses: readonly string[];
  readonly singlePort: boolean;
  readonly portRange?: PortRange;
  /** Threads that serve; a single one is the program's own, but for native sockets. */
  readonly workers: number;
  /** Whom to become once the port is bound. */
  readonly user: string | undefined;
  readonly policy: Partial<ServePolicy> & { readonly uploads: UploadPolicy };
  readonly map: string | undefined;
  /** Patterns of names that are templates. */
  readonly templates: readonly string[];
  /** A file that tells templates of the machines on the network. */
  readonly hosts: string | undefined;
  /** Whether every file has a checksum beside it. */
  readonly checksums: boolean;
  /** What to run after an upload. */
  readonly onUpload: string | undefined;
  readonly log: LogSettings;
  readonly drainMs: number;
  /** Where what the server does can be seen; undefined for nowhere. */
  readonly http: HttpWish | undefined;
}

/** Listening for HTTP. */
export interface HttpWish {
  readonly hostname: string;
  readonly port: number;
  /** Names by which this server may be asked, beside its addresses. */
  readonly names: readonly string[];
  /** The file of the token that has to be shown. */
  readonly tokenFile: string | undefined;
}

/** An HTTP server or an object store, as far as words can say it; its files are yet to be read. */
export interface OriginWish {
  /** It may hold a password. */
  readonly url: string;
  /** Whether it comes before the folder. */
  readonly first: boolean;
  readonly redirects: readonly string[];
  readonly limitMs: number;
  readonly caFile: string | undefined;
  /** What belongs to a bucket; undefined for other origins. */
  readonly s3: {
    readonly endpoint: string | undefined;
    readonly region: string;
    /** The file with the keys; undefined for those of the environment. */
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
  /** The flags of the command line, which win over the configuration file. */
  readonly given: ReadonlyMap<string, readonly string[]>;
  /** The defaults of the build; both win over them. */
  readonly presets: Presets;
}

/** A look at a server, or at this machine as one. */
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
  /** The name of a file to upload; undefined uploads nothing. */
  readonly upload: string | undefined;
  readonly thorough: boolean;
  readonly settings: NetworkWishes & Pick<TransferSettings, "family" | "from" | "localPorts">;
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
  /** Look once, and not again and again. */
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
