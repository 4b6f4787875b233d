/**
 * Tests a server: asks one question after the other, and each check says what the answers mean.
 * Everything has a limit in number, in bytes and in time (`server/bounds.ts`).
 */

import type { LocalEnd } from "../../client/local_end.ts";
import { udpAddress } from "../../engine/address.ts";
import type { Network } from "../../engine/network.ts";
import type { Finding } from "../finding.ts";
import type { ServerReport } from "../report.ts";
import {
  COMMON_NAMES,
  FIRST_PATIENCE,
  only,
  type Patience,
  patienceFor,
  rrq,
} from "../server/requests.ts";
import { Bounds, LIMITS, THOROUGH_LIMITS } from "../server/bounds.ts";
import { judgeMissing, judgeRefusedFile, missingFile } from "../server/errors.ts";
import { breaksOptions } from "../server/options.ts";
import { judgePath, measure, round, ROUND_EVERY_MS, ROUNDS } from "../server/path.ts";
import { identify } from "../server/program.ts";
import type { Seen } from "../server/question.ts";
import { answered, judgeReach, silentAddress } from "../server/reach.ts";
import { judgeUpload, uploadQuestion } from "../server/upload.ts";
import { type Facts, verdictOn } from "../server/verdict.ts";
import { converse, type Line } from "./converse.ts";
import { examineFile, type FileSeen, NOTHING_OF_A_FILE } from "./examine_file.ts";

export interface ExamineSettings {
  readonly host: string;
  readonly port: number;
  /** The addresses of the host name, the first one first. */
  readonly addresses: readonly string[];
  readonly file: string | undefined;
  readonly upload: string | undefined;
  readonly thorough: boolean;
  readonly network: Network;
  /** Whether its sockets notice that a port is closed. */
  readonly hearsIcmp: boolean;
  readonly end: LocalEnd;
  /** The time between small questions. @default {ROUND_EVERY_MS} */
  readonly roundEveryMs?: number;
  /** Called with what is being tested. */
  onStep?(what: string): void;
}

/** How many addresses of a name are tested. */
const MAX_ADDRESSES = 4;

/** The result for an address. */
interface Reach {
  readonly line: Line;
  readonly seen: readonly Seen[];
  readonly missing: Seen;
  /** A question that was answered; undefined for silence. */
  readonly first?: Seen;
}

/** Tests, and reports. Throws `NetworkError` where no socket can be bound. */
export async function examine(settings: ExamineSettings): Promise<ServerReport> {
  const examination = new Examination(settings);
  return await examination.run();
}

/** The report about a host name without an address. */
export function unresolved({ host, port, file }: Pick<ExamineSettings, "host" | "port" | "file">) {
  const finding: Finding = {
    ...{ topic: "reach", check: "name", grade: "fault" },
    seen: `the name ${host} has no address`,
    advice: "check its spelling, the resolver (/etc/resolv.conf) and the hosts file, or name the " +
      "server by its address",
  };
  return {
    ...{ kind: "server", host, port, guessed: file === undefined, addresses: [] },
    ...(file === undefined ? {} : { file }),
    findings: [finding],
    program: { name: "unknown", signs: [] },
    verdict: {
      ...{ outcome: "no host", grade: "fault" },
      sentences: [`The name ${host} does not resolve, so nothing was tested.`],
    },
    traffic: { sent: 0, sentBytes: 0, received: 0, receivedBytes: 0, limits: LIMITS },
    ms: 0,
  } as const satisfies ServerReport;
}

class Examination {
  readonly #settings: ExamineSettings;
  readonly #bounds: Bounds;
  readonly #startedMs: number;
  readonly #seen: Seen[] = [];
  readonly #findings: Finding[] = [];
  #patience: Patience = FIRST_PATIENCE;

  constructor(settings: ExamineSettings) {
    this.#settings = settings;
    this.#bounds = new Bounds(settings.thorough ? THOROUGH_LIMITS : LIMITS);
    this.#startedMs = settings.network.clock.nowMs();
  }

  async run(): Promise<ServerReport> {
    const { host, port, upload } = this.#settings;
    this.#step("whether anything answers");
    const { line, missing, first } = await this.#reach();
    if (first === undefined) return this.#report({ line, path: undefined });
    this.#step("round trip and loss");
    const rounds = await this.#rounds(line, first);
    const rough = measure(rounds);
    this.#patience = patienceFor(rough.roundTripMs?.median ?? 100, rough.loss > 0);
    const { file, refused } = await this.#file(line);
    const told = this.#settings.file !== undefined;
    if (refused !== undefined) {
      this.#findings.push(...judgeRefusedFile(this.#settings.file!, refused));
    }
    const ofFile = file === undefined ? NOTHING_OF_A_FILE : await examineFile({
      ...{ line, file, patience: this.#patience, path: rough },
      thorough: this.#settings.thorough,
      step: (what) => this.#step(what),
    });
    this.#seen.push(...ofFile.seen);
    const path = measure(rounds, ofFile.windows);
    this.#findings.push(
      ...judgeReach({ asked: line.to, seen: this.#seen, hearsIcmp: this.#settings.hearsIcmp }),
      ...judgeMissing(missing, this.#seen.some(answered)),
      ...ofFile.findings,
      ...judgePath(path),
    );
    if (upload !== undefined) {
      this.#step("the upload");
      const seen = await this.#ask(line, uploadQuestion(upload, this.#patience));
      this.#findings.push(...judgeUpload(upload, seen));
    }
    return this.#report({
      ...{ line, path, ofFile, missing },
      facts: { host, port, file, told },
    });
  }

  /** The first address that answers, and its answer about a missing file. */
  async #reach(): Promise<Reach> {
    const { addresses, hearsIcmp } = this.#settings;
    const asked = addresses.slice(0, MAX_ADDRESSES);
    const all = await Promise.all(asked.map((address) => this.#tryAddress(address)));
    const found = all.find(({ first }) => first !== undefined);
    for (const { line, seen, first } of all) {
      const silent = judgeReach({ asked: line.to, seen, hearsIcmp });
      if (found === undefined) this.#findings.push(...silent);
      else if (first === undefined) this.#findings.push(silentAddress(line.to, found.line.to));
    }
    if (found !== undefined) this.#seen.push(...found.seen);
    return found ?? all[0]!;
  }

  async #tryAddress(address: string): Promise<Reach> {
    const { file } = this.#settings;
    const line = this.#lineTo(address);
    // A server may not answer at all for a missing file.
    const seen = await Promise.all([
      converse(line, missingFile(FIRST_PATIENCE)),
      ...(file === undefined ? [] : [converse(line, only(rrq(file), FIRST_PATIENCE))]),
    ]);
    const first = seen.find(answered);
    return { line, seen, missing: seen[0]!, ...(first === undefined ? {} : { first }) };
  }

  #lineTo(address: string): Line {
    const { network, port, end } = this.#settings;
    return { network, end, to: udpAddress(address, port), bounds: this.#bounds };
  }

  async #ask(line: Line, question: Parameters<typeof converse>[1]): Promise<Seen> {
    const seen = await converse(line, question);
    this.#seen.push(seen);
    return seen;
  }

  /** Small questions, one every few milliseconds, without waiting for answers. */
  async #rounds(line: Line, { question }: Seen): Promise<Seen[]> {
    const { clock } = line.network;
    const { roundEveryMs = ROUND_EVERY_MS } = this.#settings;
    const talks: Promise<Seen>[] = [];
    for (let at = 0; at < ROUNDS; at++) {
      talks.push(converse(line, round(question)));
      await new Promise<void>((resolve) => clock.after(roundEveryMs, resolve));
    }
    return await Promise.all(talks);
  }

  /** The file to test with: the given one, or the first usual name that exists. */
  async #file(line: Line): Promise<{ file?: string; refused?: Seen }> {
    const { file: told } = this.#settings;
    for (const file of told === undefined ? COMMON_NAMES : [told]) {
      const seen = await this.#ask(line, only(rrq(file), this.#patience));
      if (seen.answer?.kind === "DATA" || seen.answer?.kind === "OACK") return { file };
      if (told !== undefined) return { refused: seen };
    }
    return {};
  }

  #report(made: {
    line: Line;
    path: ServerReport["path"];
    ofFile?: FileSeen;
    missing?: Seen;
    facts?: Pick<Facts, "host" | "port" | "file" | "told">;
  }): ServerReport {
    const { line, path, ofFile = NOTHING_OF_A_FILE, missing, facts } = made;
    const { host, port, addresses, file: told, network } = this.#settings;
    const file = facts?.file ?? told;
    const { sent, sentBytes, received, receivedBytes, limits } = this.#bounds;
    const { best } = ofFile;
    const verdict = verdictOn({
      ...{ host, port, file: facts?.file, told: told !== undefined, best, path },
      answered: facts !== undefined,
      served: ofFile.served,
      options: ofFile.options.some(({ seen }) => seen.answer?.kind === "OACK"),
      breaksOptions: breaksOptions(ofFile.options),
      findings: this.#findings,
    });
    return {
      ...{ kind: "server", host, port, addresses, guessed: told === undefined },
      address: line.to.hostname,
      ...(file === undefined ? {} : { file }),
      findings: this.#findings,
      ...(path === undefined ? {} : { path }),
      ...(best === undefined ? {} : { best }),
      program: identify({ missing, options: ofFile.options }),
      verdict,
      traffic: { sent, sentBytes, received, receivedBytes, limits },
      ms: network.clock.nowMs() - this.#startedMs,
    };
  }

  #step(what: string): void {
    this.#settings.onStep?.(what);
  }
}
