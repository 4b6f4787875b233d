/**
 * The opening of one file: at once, or by a handler that answers later. A wait ends once: with the
 * file, with what the handler failed with, because it took too long, or because nobody waits any
 * more. A file that comes after that is given back. Pure.
 */

import { ErrorCode, TftpError } from "../protocol/mod.ts";
import { refusalOf } from "../engine/errors.ts";
import { discard, type Opened } from "../engine/handler.ts";
import { isLater } from "../engine/later.ts";
import { equip, type OpenedFile, openFile, type OpenSettings } from "./opened_file.ts";
import type { ServedRequest } from "./served_request.ts";

/**
 * How long a handler may take to open a file, in milliseconds. UEFI firmware asks five times with
 * three seconds between and then boots from elsewhere: it must hear the reason before.
 */
export const OPENING_LIMIT_MS = 12_000;

export interface OpeningSettings extends OpenSettings {
  /** A mistake of the program, or what could not be given back. */
  trouble(error: unknown): void;
}

/** Who is told how a wait ends. */
export interface OpeningEnds {
  /** The file is open. */
  opened(file: OpenedFile): void;
  /** It can't be had, or did not come in time: the refusal. */
  failed(refusal: TftpError): void;
}

export class Opening {
  /** What was opened at once. */
  readonly file: OpenedFile | undefined;
  readonly #request: ServedRequest;
  readonly #settings: OpeningSettings;
  readonly #answer: PromiseLike<Opened> | undefined;
  #isWaiting = false;
  #stop: (() => void) | undefined;

  /** Asks for the file. Throws a local {@linkcode TftpError} for what is refused at once. */
  constructor(request: ServedRequest, settings: OpeningSettings) {
    this.#request = request;
    this.#settings = settings;
    const answer = openFile(request, settings);
    if (isLater(answer)) this.#answer = answer;
    else this.file = equip(answer, request, settings);
  }

  /** Whether the handler is waited for. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Waits for what was not opened at once. */
  wait({ opened, failed }: OpeningEnds): void {
    const { clock, policy } = this.#settings;
    const limitMs = Math.min(OPENING_LIMIT_MS, policy.idleTimeoutMs);
    this.#isWaiting = true;
    clock.waiting(1);
    this.#stop = clock.after(limitMs, () => this.#end(() => failed(tooLate(limitMs))));
    this.#answer!.then(
      (file) => {
        if (!this.#isWaiting) return this.#guarded(() => discard(file));
        this.#end(() => this.#equip(file, { opened, failed }));
      },
      (error) => this.#end(() => failed(refusalOf(error))),
    );
  }

  /** Nobody waits any more. */
  cancel(): void {
    this.#end(() => {});
  }

  #equip(file: Opened, { opened, failed }: OpeningEnds): void {
    let equipped: OpenedFile;
    try {
      equipped = equip(file, this.#request, this.#settings);
    } catch (error) {
      return failed(refusalOf(error));
    }
    opened(equipped);
  }

  #end(tell: () => void): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#stop?.();
    this.#settings.clock.waiting(-1);
    this.#guarded(tell);
  }

  /** Whoever keeps a promise must not be told of mistakes here. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#settings.trouble(error);
    }
  }
}

function tooLate(limitMs: number): TftpError {
  const reason = `The file could not be opened within ${Math.round(limitMs / 1000)} seconds`;
  return new TftpError("local", ErrorCode.NotDefined, reason);
}
