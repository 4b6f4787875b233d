/** A UEFI application that prints a line and halts: the smallest kernel that shows it has begun. */

/** Where the sections lie in the file and, the same, in memory. */
const CODE_AT = 0x200;
const TEXT_AT = 0x300;
const SIZE = 0x400;
const ALIGNMENT = 0x100;

/** `efi_main(ImageHandle in rcx, SystemTable in rdx)`, x86-64. */
const CODE = [
  ...[0x48, 0x83, 0xec, 0x28], // sub rsp, 0x28: room that a called function may use
  ...[0x48, 0x8b, 0x4a, 0x40], // mov rcx, [rdx + 0x40]: SystemTable->ConOut
  ...[0x48, 0x8d, 0x15, ...int32(TEXT_AT - CODE_AT - 15)], // lea rdx, [text]
  ...[0xff, 0x51, 0x08], // call [rcx + 8]: ConOut->OutputString(ConOut, text)
  ...[0xf4], // hlt
  ...[0xeb, 0xfd], // jmp to hlt
];

/** The program's file, a PE32+ image without relocations. */
export function efiProgram(line: string): Uint8Array {
  const file = new Uint8Array(SIZE);
  const view = new DataView(file.buffer);
  const put16 = (at: number, value: number) => view.setUint16(at, value, true);
  const put32 = (at: number, value: number) => view.setUint32(at, value, true);
  const PE = 0x40;
  const OPTIONAL = PE + 24;
  const SECTION = OPTIONAL + 240;

  put16(0, 0x5a4d); // "MZ"
  put32(0x3c, PE);
  put32(PE, 0x4550); // "PE"
  put16(PE + 4, 0x8664); // machine: x86-64
  put16(PE + 6, 1); // sections
  put16(PE + 20, 240); // size of the optional header
  put16(PE + 22, 0x0022); // executable, large addresses

  put16(OPTIONAL, 0x020b); // PE32+
  put32(OPTIONAL + 4, SIZE - CODE_AT); // size of code
  put32(OPTIONAL + 16, CODE_AT); // entry point
  put32(OPTIONAL + 20, CODE_AT); // base of code
  put32(OPTIONAL + 32, ALIGNMENT); // of sections in memory
  put32(OPTIONAL + 36, ALIGNMENT); // of sections in the file
  put32(OPTIONAL + 56, SIZE); // size of the image
  put32(OPTIONAL + 60, CODE_AT); // size of all headers
  put16(OPTIONAL + 68, 10); // subsystem: EFI application
  put32(OPTIONAL + 108, 16); // directories, all of them empty

  file.set(new TextEncoder().encode(".text"), SECTION);
  put32(SECTION + 8, SIZE - CODE_AT);
  put32(SECTION + 12, CODE_AT);
  put32(SECTION + 16, SIZE - CODE_AT);
  put32(SECTION + 20, CODE_AT);
  put32(SECTION + 36, 0x6000_0020); // code, executable, readable

  file.set(CODE, CODE_AT);
  [...`${line}\r\n`].forEach((char, index) => put16(TEXT_AT + 2 * index, char.charCodeAt(0)));
  return file;
}

function int32(value: number): number[] {
  return [value & 0xff, value >> 8 & 0xff, value >> 16 & 0xff, value >> 24 & 0xff];
}
