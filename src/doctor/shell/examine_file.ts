/** The tests that need a file: options, repeats, sizes, windows, netascii, block numbers. */

import type { Finding } from "../finding.ts";
import { only, type Patience, rrq } from "../server/requests.ts";
import { grantedIn } from "../server/answer.ts";
import { firstBytes, judgeNetascii } from "../server/netascii.ts";
import { OPTION_CASES } from "../server/option_cases.ts";
import {
  isGranted,
  judgeOptions,
  MOST_SILENT,
  optionQuestion,
  type OptionSeen,
  seenOf,
} from "../server/options.ts";
import type { PathMeasures } from "../server/path.ts";
import type { Question, Seen } from "../server/question.ts";
import { judgeRepeats, repeatedAcks, withheldAck } from "../server/repeats.ts";
import {
  ETHERNET_BLKSIZE,
  judgeSizes,
  passageOf,
  sizeQuestion,
  SizeSearch,
} from "../server/sizes.ts";
import {
  judgeWindows,
  needsSmaller,
  windowQuestion,
  WINDOWS,
  windowToAsk,
} from "../server/windows.ts";
import { bytesToWrap, judgeWrap, tooSmallToWrap, wrapQuestion } from "../server/wrap.ts";
import { converse, type Line } from "./converse.ts";

/** The results. */
export interface FileSeen {
  readonly seen: readonly Seen[];
  readonly options: readonly OptionSeen[];
  readonly windows: readonly Seen[];
  readonly findings: readonly Finding[];
  /** Whether any block came. */
  readonly served: boolean;
  readonly best?: { readonly blksize: number; readonly windowsize: number };
}

export const NOTHING_OF_A_FILE: FileSeen = {
  ...{ seen: [], options: [], windows: [], findings: [], served: false },
};

export interface FileSettings {
  readonly line: Line;
  readonly file: string;
  readonly patience: Patience;
  readonly path: PathMeasures;
  readonly thorough: boolean;
  step(what: string): void;
}

/** Attempts with a block size without success, before it counts as too large. */
const SIZE_ATTEMPTS = 3;
const LOSSY_SIZE_ATTEMPTS = 5;
/** Bytes of the file that are compared in its two modes. */
const ECHO_SPOTS = 3;
const SMALL_FILE = 8 * 512;

export async function examineFile(settings: FileSettings): Promise<FileSeen> {
  return await new FileExamination(settings).run();
}

class FileExamination {
  readonly #settings: FileSettings;
  readonly #seen: Seen[] = [];
  #options: OptionSeen[] = [];
  #size: number | undefined;

  constructor(settings: FileSettings) {
    this.#settings = settings;
  }

  async run(): Promise<FileSeen> {
    const { step, file, patience, line } = this.#settings;
    // A server's own timer takes seconds, so this runs beside the other tests.
    const held = converse(line, withheldAck(rrq(file), patience));
    step("options");
    this.#options = await this.#askOptions();
    this.#size = this.#announcedSize();
    step("line ends");
    const octet = await this.#ask(firstBytes(file, "octet", patience));
    const netascii = await this.#ask(firstBytes(file, "netascii", patience));
    if (this.#size === undefined && octet.whole) this.#size = octet.bytes;
    step("repeats");
    const repeats = await this.#repeats();
    step("block sizes");
    const search = await this.#sizes();
    step("windows");
    const blksize = this.#blksize(search);
    const windows = await this.#windows(blksize);
    const wrap = this.#settings.thorough ? await this.#wrap() : [];
    step("the server's own repeats");
    const heldSeen = await held;
    this.#seen.push(heldSeen);
    const findings = [
      ...judgeOptions(this.#options),
      ...judgeSizes(search, this.#size),
      ...judgeWindows(windows),
      ...judgeRepeats(repeats, heldSeen),
      ...judgeNetascii(octet, netascii),
      ...wrap,
    ];
    return {
      ...{ seen: this.#seen, options: this.#options, windows, findings },
      served: this.#seen.some(({ blocks }) => blocks > 0),
      best: { blksize, windowsize: windowToAsk(windows) },
    };
  }

  async #ask(question: Question): Promise<Seen> {
    const seen = await converse(this.#settings.line, question);
    this.#seen.push(seen);
    return seen;
  }

  async #askOptions(): Promise<OptionSeen[]> {
    const all: OptionSeen[] = [];
    for (const asked of OPTION_CASES) {
      const { file, patience } = this.#settings;
      all.push({ asked, seen: await this.#ask(optionQuestion(asked, file, patience)) });
      const last = all.slice(-MOST_SILENT);
      if (last.length === MOST_SILENT && last.every(({ seen }) => !seen.answer)) break;
    }
    return all;
  }

  #announcedSize(): number | undefined {
    const answer = seenOf(this.#options, "tsize", 0)?.answer;
    const size = Number(grantedIn(answer, "tsize"));
    return Number.isSafeInteger(size) && size > 0 ? size : undefined;
  }

  #grants(name: string, value: number): boolean {
    return isGranted(this.#options, name, value);
  }

  /** Repeated ACKs need several blocks: for a small file, small ones. */
  async #repeats(): Promise<Seen | undefined> {
    const { file, patience, path } = this.#settings;
    const size = this.#size ?? Infinity;
    const blksize = size >= SMALL_FILE || !this.#grants("blksize", 1428)
      ? 512
      : Math.max(8, Math.floor(size / 10));
    const blocks = Math.floor(size / blksize);
    const spots = Math.min(ECHO_SPOTS, Math.floor((blocks - 2) / 2));
    if (blocks < 1) return undefined;
    const request = rrq(file, blksize === 512 ? {} : { blksize });
    const roundTripMs = path.roundTripMs?.median ?? 20;
    return await this.#ask(
      repeatedAcks(request, { spots: Math.max(0, spots), roundTripMs, patience }),
    );
  }

  async #sizes(): Promise<SizeSearch> {
    const search = new SizeSearch(this.#size);
    if (!this.#grants("blksize", 1428)) return search;
    const { file, patience, path } = this.#settings;
    const attempts = path.loss > 0 ? LOSSY_SIZE_ATTEMPTS : SIZE_ATTEMPTS;
    for (let size = search.next(); size !== undefined; size = search.next()) {
      let seen = await this.#ask(sizeQuestion(file, size, patience));
      for (let at = 1; at < attempts && passageOf(seen) !== "through"; at++) {
        if (seen.whole || seen.answer?.kind === "ERROR") break;
        seen = await this.#ask(sizeQuestion(file, size, patience));
      }
      search.note(size, passageOf(seen), seen);
    }
    return search;
  }

  /** The largest size that fits into one frame, and gets through. */
  #blksize(search: SizeSearch): number {
    if (!this.#grants("blksize", 1428)) return 512;
    const frame = this.#settings.line.to.hostname.includes(":") ? 1428 : ETHERNET_BLKSIZE;
    const most = search.lost !== Infinity || search.granted !== undefined
      ? search.through || 512
      : frame;
    return Math.min(frame, most);
  }

  async #windows(blksize: number): Promise<Seen[]> {
    const { file, patience } = this.#settings;
    if (!this.#grants("windowsize", 8)) return [await this.#lockstep(blksize)];
    const all: Seen[] = [];
    for (const [windowsize, count] of WINDOWS) {
      const how = { blksize, windowsize, count, patience };
      all.push(await this.#ask(windowQuestion(file, how)));
      if (!needsSmaller(all)) break;
    }
    return all;
  }

  /** Without windows, a few hundred blocks measure the path as well. */
  async #lockstep(blksize: number): Promise<Seen> {
    const { file, patience } = this.#settings;
    const options = this.#grants("blksize", 1428) ? { blksize } : {};
    return await this.#ask({
      ...only(rrq(file, options), patience),
      ...{ blocks: 200, mostMs: 3000 },
    });
  }

  async #wrap(): Promise<Finding[]> {
    const { file, patience, step } = this.#settings;
    const takesBlksize = this.#grants("blksize", 1428);
    const blksize = takesBlksize ? 8 : 512;
    if (this.#size !== undefined && this.#size < bytesToWrap(blksize)) {
      return [tooSmallToWrap(blksize, this.#size)];
    }
    step("block numbers past 65535");
    const how = { windows: this.#grants("windowsize", 8), patience };
    return judgeWrap(
      await this.#ask(wrapQuestion(file, { blksize: takesBlksize ? 8 : undefined, ...how })),
    );
  }
}
