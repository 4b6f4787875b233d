/** `tftp doctor`: tests a server, or this machine as one. */

import { examine, unresolved } from "../../doctor/shell/examine.ts";
import { NetworkError } from "../../engine/errors.ts";
import { chooseIo, openNetwork } from "../../net/io.ts";
import { resolveAll } from "../../net/resolve.ts";
import type { DoctorCommand, DoctoredServer } from "../args/command.ts";
import { doctorExitCode } from "./doctor_exit.ts";
import { machineObject, serverObject } from "../text/doctor_json.ts";
import { machineLines, serverLines } from "../text/doctor_report.ts";
import {
  needDatagrams,
  networkNeeds,
  notGranted,
  refuseWithout,
} from "../permissions/permission.ts";
import { printOut } from "./print.ts";
import { wantedInstruments } from "./wanted_instruments.ts";

/** @returns the exit code. */
export async function runDoctor({ target, json }: DoctorCommand): Promise<number> {
  if (target.kind === "machine") {
    const { lookAtMachine } = await import("./doctor_machine.ts");
    const report = await lookAtMachine(target.serve);
    printOut(json ? [JSON.stringify(machineObject(report))] : machineLines(report));
    return doctorExitCode(report.verdict.outcome);
  }
  const report = await lookAtServer(target, json);
  printOut(json ? [JSON.stringify(serverObject(report))] : serverLines(report));
  return doctorExitCode(report.verdict.outcome);
}

async function lookAtServer(target: DoctoredServer, json: boolean) {
  const { host, port, file, upload, thorough, settings } = target;
  const { family, from, localPorts, interfaceName } = settings;
  const io = chooseIo(settings.io);
  if (io === "deno") needDatagrams();
  // Never prompts the user: a missing permission is reported with its flag.
  refuseWithout(notGranted(networkNeeds([host], settings)));
  const addresses = await addressesOf(host, family);
  if (addresses.length === 0) return unresolved(target);
  const bare = await openNetwork(io);
  const instruments = await wantedInstruments(settings);
  const sign = new SignOfLife(json);
  try {
    return await examine({
      ...{ host, port, addresses, file, upload, thorough, hearsIcmp: io === "native" },
      network: instruments?.wrap(bare) ?? bare,
      end: {
        ...(from === undefined ? {} : { from }),
        ...(localPorts === undefined ? {} : { localPorts }),
        ...(interfaceName === undefined ? {} : { interfaceName }),
      },
      onStep: (what) => sign.show(what),
    });
  } finally {
    sign.clear();
    await instruments?.close();
  }
}

async function addressesOf(host: string, family: 4 | 6 | undefined): Promise<string[]> {
  try {
    return await resolveAll(host, family);
  } catch (error) {
    if (error instanceof NetworkError) return [];
    throw error;
  }
}

/** On a terminal, the last line shows the current test. */
class SignOfLife {
  readonly #shown: boolean;

  constructor(json: boolean) {
    this.#shown = !json && Deno.stderr.isTerminal() && Deno.stdout.isTerminal();
  }

  show(what: string): void {
    this.#write(`\r\x1b[Ktftp: trying ${what} ...`);
  }

  clear(): void {
    this.#write("\r\x1b[K");
  }

  #write(text: string): void {
    if (this.#shown) Deno.stderr.writeSync(new TextEncoder().encode(text));
  }
}
