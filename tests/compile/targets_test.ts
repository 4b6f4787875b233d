import { assert, assertEquals } from "@std/assert";
import { explain } from "../../compile/base.ts";
import { fileNameOf, formatOf, type Target, TARGETS, targetsNamed } from "../../compile/targets.ts";

Deno.test("targetsNamed knows six machines by triple, by label and all together", () => {
  assertEquals(targetsNamed("all"), TARGETS);
  assertEquals(TARGETS.map((target) => fileNameOf(target, "1.2.3")), [
    "tftp-1.2.3-linux-x86_64",
    "tftp-1.2.3-linux-aarch64",
    "tftp-1.2.3-macos-x86_64",
    "tftp-1.2.3-macos-aarch64",
    "tftp-1.2.3-windows-x86_64.exe",
    "tftp-1.2.3-windows-aarch64.exe",
  ]);
  for (const target of TARGETS) {
    assertEquals(targetsNamed(target.triple), [target]);
    assertEquals(targetsNamed(target.label), [target]);
  }
  assertEquals(targetsNamed("solaris"), []);
});

/** A header with bytes at the offsets given, else zeros. */
function header(parts: Readonly<Record<number, readonly number[]>>): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(256);
  for (const [at, values] of Object.entries(parts)) bytes.set(values, Number(at));
  return bytes;
}

const ELF = [0x7f, 0x45, 0x4c, 0x46];
const MACHO = [0xcf, 0xfa, 0xed, 0xfe];
const MZ = [0x4d, 0x5a];
const PE = [0x50, 0x45, 0, 0];

Deno.test("formatOf reads the machine from a program's first bytes", () => {
  const cases: readonly [Uint8Array<ArrayBuffer>, Target["format"], Target["arch"]][] = [
    [header({ 0: ELF, 18: [62, 0] }), "elf", "x86_64"],
    [header({ 0: ELF, 18: [183, 0] }), "elf", "aarch64"],
    [header({ 0: MACHO, 4: [7, 0, 0, 1] }), "macho", "x86_64"],
    [header({ 0: MACHO, 4: [12, 0, 0, 1] }), "macho", "aarch64"],
    [header({ 0: MZ, 60: [128], 128: [...PE, 0x64, 0x86] }), "pe", "x86_64"],
    [header({ 0: MZ, 60: [128], 128: [...PE, 0x64, 0xaa] }), "pe", "aarch64"],
  ];
  for (const [bytes, format, arch] of cases) assertEquals(formatOf(bytes), { format, arch });
});

Deno.test("formatOf says nothing of what is no program, or for no known machine", () => {
  const strange = [
    new Uint8Array(0),
    new TextEncoder().encode("#!/bin/sh\n".repeat(20)),
    header({ 0: ELF, 18: [8, 0] }),
    header({ 0: MZ, 60: [255] }),
    header({ 0: MZ, 60: [128] }),
  ];
  for (const bytes of strange) assertEquals(formatOf(bytes), undefined);
});

Deno.test("formatOf knows the program that runs this test", async () => {
  const bytes = new Uint8Array(4096);
  using file = await Deno.open(Deno.execPath());
  await file.read(bytes);
  const here = TARGETS.find(({ triple }) => triple === Deno.build.target);
  assertEquals(formatOf(bytes), here && { format: here.format, arch: here.arch });
});

Deno.test("explain turns what deno compile says into a sentence", () => {
  const target = TARGETS[4]!;
  const offline = "\x1b[31merror\x1b[0m: Writing deno compile executable\n\nCaused by:\n" +
    "    0: Setting up base binary.\n    1: error sending request for url (x): dns error\n";
  assertEquals(
    explain(offline, target, "2.9.6"),
    "the base of Deno 2.9.6 for x86_64-pc-windows-msvc can't be downloaded (error sending " +
      "request for url (x): dns error). Set DENORT_BIN to the denort of exactly this version, or " +
      "build where the download is possible",
  );
  const unknown = "error: invalid value 'x' for '--target <target>'";
  assert(explain(unknown, target, "2.4.2").startsWith("Deno 2.4.2 can't build for x86_64-pc"));
  const other = "error: Module not found\n\nStack backtrace:\n   0: <unknown>";
  assertEquals(explain(other, target, "2.9.6"), "Module not found");
});
