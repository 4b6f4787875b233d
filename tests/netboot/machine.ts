/**
 * Machines that boot from the network: QEMU in software, so that no virtualization is needed,
 * with a network card, a serial port and nothing else.
 */

import type { Namespace } from "./namespace.ts";

/** The tap interface that the machine is connected to. */
export const TAP = "tap0";

export const QEMU = "qemu-system-x86_64";
export const OVMF_CODE = "/usr/share/OVMF/OVMF_CODE.fd";
export const OVMF_VARS = "/usr/share/OVMF/OVMF_VARS.fd";

/** What firmware says when it gives up. */
const GAVE_UP = /No bootable device|Shell>/;

/** Longer than the slowest boot takes on two busy cores. */
const PATIENCE_MS = 120_000;

const COMMON = [
  "-accel",
  "tcg",
  "-nodefaults",
  "-display",
  "none",
  "-serial",
  "stdio",
  "-no-reboot",
  "-netdev",
  `tap,id=lan,ifname=${TAP},script=no,downscript=no`,
];

/** SeaBIOS, and iPXE as the boot ROM of the network card. */
export const BIOS: readonly string[] = [
  ...COMMON,
  ...["-machine", "pc,graphics=off", "-m", "256", "-boot", "n"],
  ...["-device", "virtio-net-pci,netdev=lan"],
];

/** OVMF with its own network boot; the card's ROM, which would be iPXE, is left out. */
export function uefi(variables: string): readonly string[] {
  return [
    ...COMMON,
    ...["-machine", "q35,graphics=off", "-m", "256"],
    ...["-drive", `if=pflash,format=raw,readonly=on,file=${OVMF_CODE}`],
    ...["-drive", `if=pflash,format=raw,file=${variables}`],
    ...["-device", "virtio-net-pci,netdev=lan,romfile=,bootindex=0"],
  ];
}

/** What a machine has printed by the time it is switched off, and how long that took. */
export interface Boot {
  serial: string;
  ms: number;
}

/** Switches a machine on, and off again when its serial port says what is waited for. */
export async function boot(
  network: Namespace,
  machine: readonly string[],
  until: RegExp,
): Promise<Boot> {
  const began = performance.now();
  const [program, args] = network.command([QEMU, ...machine]);
  const child = new Deno.Command(program, {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const complaints = new Response(child.stderr).text();
  const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  let serial = "";
  let ms: number | undefined;
  let stopped = false;
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    serial += text;
    const said = plain(serial);
    if (stopped || !until.test(said) && !GAVE_UP.test(said)) continue;
    if (until.test(said)) ms = performance.now() - began;
    stopped = true;
    child.kill("SIGKILL");
  }
  clearTimeout(late);
  await child.status;
  const told = await complaints;
  if (ms !== undefined) return { serial: plain(serial), ms };
  throw new Error(`the machine has not printed ${until}: ${plain(serial)}${told}`);
}

/** A text without the sequences that move a terminal's cursor and colour what is behind them. */
function plain(serial: string): string {
  // deno-lint-ignore no-control-regex
  return serial.replaceAll(/\x1b\[[0-9;?=]*[A-Za-z]|\x1b[()][A-Z0-9]|\r/g, "");
}
