/**
 * What `deno task compile` has built into this program: a description of its permissions, and
 * default flags of `tftp serve`. It comes as the first argument, which `deno compile` puts before
 * those of the user. Pure.
 *
 * This is only a description: the permissions themselves are enforced by Deno.
 */

/** One kind of permission: all of it, or some addresses or paths, or (an empty list) none. */
export type Grant = true | readonly string[];

/** The permissions of a binary. Kinds that are missing here are never granted. */
export interface Grants {
  readonly net: Grant;
  readonly read: Grant;
  readonly write: Grant;
  /** Files of C libraries that may be called. */
  readonly ffi?: readonly string[];
  /** Environment variables. */
  readonly env?: readonly string[];
}

/** Values of flags by their long names, as text. */
export type Presets = Readonly<Record<string, readonly string[]>>;

export interface Build {
  /** A lab build is a server of one folder, or a client that can't serve. */
  readonly kind: "general" | "server" | "client";
  readonly grants: Grants;
  /** Flags of `tftp serve` that the build sets. */
  readonly serve: Presets;
}

const BAKED = "--baked-in=";

/** The argument that carries a build into the program. */
export function bakedArgument(build: Build): string {
  return BAKED + JSON.stringify(build);
}

/**
 * Separates the built-in argument from those of the user. A program that was not compiled has none,
 * and treats this word as an unknown flag.
 */
export function takeBuild(
  args: readonly string[],
  compiled: boolean,
): { build: Build | undefined; args: readonly string[] } {
  const [first, ...rest] = args;
  if (!compiled || !first?.startsWith(BAKED)) return { build: undefined, args };
  return { build: JSON.parse(first.slice(BAKED.length)) as Build, args: rest };
}
