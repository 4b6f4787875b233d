/** The facts about a machine that is to serve. Values only. */

/** A fact, or the reason why it is not known, with what to do. */
export type Known<T> =
  | { readonly value: T }
  | { readonly missing: string };

/** How an attempt to bind a port ended. */
export interface BindTrial {
  readonly hostname: string;
  /** The system's error code; undefined where it succeeded. */
  readonly error?: string;
  readonly message?: string;
}

/** A socket of another program that has the port. */
export interface Holder {
  readonly address: string;
  readonly inode: number;
  /** The program's name and process ID, where they can be read. */
  readonly process?: string;
}

/** An address of an interface. */
export interface OwnAddress {
  readonly name: string;
  readonly address: string;
  readonly family: 4 | 6;
}

/** The output of the firewall's own program. */
export interface Firewall {
  readonly program: "nft" | "iptables";
  readonly text: string;
}

/** The limits of receive buffers, in bytes. */
export interface Buffers {
  readonly standard: number;
  readonly most: number;
}

/** The user whose rights count, where another user is to serve. */
export interface Server {
  readonly name: string;
  readonly uid: number;
  readonly groups: readonly number[];
}

/** An entry of the served folder, by its path below it. */
export interface Entry {
  readonly path: string;
  readonly kind: "file" | "folder" | "other";
  readonly mode: number | null;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly modifiedMs: number | null;
  /** Whether this program itself may read it; undefined where that was not tried. */
  readonly readable?: boolean;
}

/** What was found in the served folder. */
export interface FolderTour {
  readonly root: Entry;
  /** The folders above it, the outermost first. */
  readonly above: readonly Entry[];
  readonly entries: readonly Entry[];
  /** Links that lead out of the folder, and those that lead nowhere. */
  readonly leaving: readonly string[];
  readonly broken: readonly string[];
  /** Whether there is more than was looked at. */
  readonly cut: boolean;
}
