/**
 * What a row of the command line's tables holds. Three rules keep the rows of flags unambiguous: a
 * long name keeps its short letter and its kind (switch or value) in every row it has, a short
 * letter belongs to one long name only, and one name has at most one row for a command.
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

/** What the text after a flag must look like. A switch takes none. */
export type FlagKind =
  | { readonly kind: "switch" }
  | { readonly kind: "text"; readonly path?: true }
  | {
    readonly kind: "integer";
    readonly min: number;
    readonly max: number;
    /** Words that are valid beside the numbers. */
    readonly words?: readonly string[];
  }
  | { readonly kind: "seconds"; readonly min: number; readonly max: number }
  /** A number of bytes, which may end in k, M or G. */
  | { readonly kind: "size" }
  | {
    readonly kind: "choice";
    readonly choices: readonly string[];
    /** What other programs call the choices. */
    readonly aliases?: Readonly<Record<string, string>>;
  };

export interface Flag {
  /** The long name, without its two dashes. */
  readonly name: string;
  readonly short?: string;
  readonly commands: readonly CommandName[];
  readonly takes: FlagKind;
  /** What the help calls the value. */
  readonly value?: string;
  /** The value of a flag that is written without one; then only `=` can give it another. */
  readonly bare?: string;
  readonly help: string;
  /** The value when the flag is not given. */
  readonly default?: string;
  /** What the client chooses when the flag is not given; only the help shows it. */
  readonly assumed?: string;
  /** Every value counts, instead of the last one. */
  readonly repeatable?: true;
}

/** Flags that the help shows together, under a title. */
export interface FlagGroup {
  readonly title: string;
  readonly flags: readonly Flag[];
}

export interface CommandRow {
  readonly name: CommandName;
  readonly summary: string;
  readonly usage: readonly string[];
  /** What else has to be known before it is used; paragraphs. */
  readonly notes?: readonly string[];
  readonly examples: readonly (readonly [line: string, meaning: string])[];
}
