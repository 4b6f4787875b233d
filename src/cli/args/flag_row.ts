/**
 * The rows of the tables of the command line. Three rules keep flags unambiguous: a long name has
 * the same short letter and kind (switch or value) in all its rows, a short letter belongs to one
 * long name only, and a name has at most one row per command.
 */

export type CommandName =
  | "get"
  | "put"
  | "serve"
  | "status"
  | "shell"
  | "doctor"
  | "completions"
  | "man";

/** The form of a flag's value. A switch has none. */
export type FlagKind =
  | { readonly kind: "switch" }
  | { readonly kind: "text"; readonly path?: true }
  | {
    readonly kind: "integer";
    readonly min: number;
    readonly max: number;
    /** Words that are valid besides numbers. */
    readonly words?: readonly string[];
  }
  | { readonly kind: "seconds"; readonly min: number; readonly max: number }
  /** A number of bytes, which may end in k, M or G. */
  | { readonly kind: "size" }
  | {
    readonly kind: "choice";
    readonly choices: readonly string[];
    /** Other programs' names for the choices. */
    readonly aliases?: Readonly<Record<string, string>>;
  };

export interface Flag {
  /** The long name, without its two dashes. */
  readonly name: string;
  readonly short?: string;
  readonly commands: readonly CommandName[];
  readonly takes: FlagKind;
  /** The name of the value in the help. */
  readonly value?: string;
  /** The value of a flag without one; then another value needs `=`. */
  readonly bare?: string;
  readonly help: string;
  /** The value when the flag is not given. */
  readonly default?: string;
  /** The client's default, for the help only. */
  readonly assumed?: string;
  /** All values count, and not just the last one. */
  readonly repeatable?: true;
}

/** Flags that the help shows together, with a title. */
export interface FlagGroup {
  readonly title: string;
  readonly flags: readonly Flag[];
}

export interface CommandRow {
  readonly name: CommandName;
  readonly summary: string;
  readonly usage: readonly string[];
  /** Further paragraphs of the help. */
  readonly notes?: readonly string[];
  readonly examples: readonly (readonly [line: string, meaning: string])[];
}
