/** The machines a binary can be built for. Pure. */

export interface Target {
  /** As `deno compile --target` knows it. */
  readonly triple: string;
  /** As in the name of the file. */
  readonly label: string;
  readonly format: "elf" | "macho" | "pe";
  readonly arch: "x86_64" | "aarch64";
}

export const TARGETS: readonly Target[] = [
  target("x86_64-unknown-linux-gnu", "linux", "elf"),
  target("aarch64-unknown-linux-gnu", "linux", "elf"),
  target("x86_64-apple-darwin", "macos", "macho"),
  target("aarch64-apple-darwin", "macos", "macho"),
  target("x86_64-pc-windows-msvc", "windows", "pe"),
  target("aarch64-pc-windows-msvc", "windows", "pe"),
];

function target(triple: string, os: string, format: Target["format"]): Target {
  const arch = triple.startsWith("aarch64") ? "aarch64" : "x86_64";
  return { triple, label: `${os}-${arch}`, format, arch };
}

/** The targets that `--target` names: a triple, a label such as `linux-x86_64`, or `all`. */
export function targetsNamed(name: string): readonly Target[] {
  if (name === "all") return TARGETS;
  return TARGETS.filter(({ triple, label }) => triple === name || label === name);
}

/** The file a target's binary is written to: the same name for the same version, every time. */
export function fileNameOf({ label, format }: Target, version: string): string {
  return `tftp-${version}-${label}${format === "pe" ? ".exe" : ""}`;
}

/** Bytes that {@linkcode formatOf} needs of a program's beginning. */
export const HEADER_BYTES = 4096;

/**
 * The machine that a program is for, by its first bytes; undefined when these are unknown. With a
 * base from `DENORT_BIN`, only this check keeps a Linux program from being named a Windows one.
 */
export function formatOf(
  header: Uint8Array<ArrayBuffer>,
): Pick<Target, "format" | "arch"> | undefined {
  if (header.length < 64) return undefined;
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (view.getUint32(0) === 0x7f454c46) return known("elf", view.getUint16(18, true));
  if (view.getUint32(0) === 0xcffaedfe) return known("macho", view.getUint32(4, true));
  if (view.getUint16(0) !== 0x4d5a) return undefined;
  const at = view.getUint32(60, true);
  if (at > view.byteLength - 6 || view.getUint32(at) !== 0x50450000) return undefined;
  return known("pe", view.getUint16(at + 4, true));
}

/** The numbers of both processors in the three formats. */
const PROCESSORS: Readonly<Record<Target["format"], Readonly<Record<number, Target["arch"]>>>> = {
  elf: { 62: "x86_64", 183: "aarch64" },
  macho: { 0x01000007: "x86_64", 0x0100000c: "aarch64" },
  pe: { 0x8664: "x86_64", 0xaa64: "aarch64" },
};

function known(format: Target["format"], processor: number) {
  const arch = PROCESSORS[format][processor];
  return arch === undefined ? undefined : { format, arch };
}
