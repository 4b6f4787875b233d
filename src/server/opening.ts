/**
 * Opens one file: at once, or by a handler that answers later. A wait ends once: with the file,
 * with the handler's error, because it took too long, or because the client no longer waits. A file
 * that comes after that is closed. Pure.
 */

import { ErrorCode, TftpError } from "../protocol/mod.ts";
import { refusalOf } from "../engine/errors.ts";
import { discard, type Opened } from "../engine/handler.ts";
import { isLater } from "../engine/later.ts";
import { type OpenedFile, openFile, prepare } from "./opened_file.ts";
import type { ServedRequest } from "./served_request.ts";
import type { TransferSettings } from "./transfer_settings.ts";

/**
 * How long a handler may take to open a file, in milliseconds. UEFI firmware asks five times, three
 * seconds apart, and then boots from elsewhere: it must get the reason before that.
 */
export const OPENING_LIMIT_MS = 12_000;

/** Callbacks for the end of a wait. */
export interface OpeningEnds {
  /** The file is open. */
  opened(file: OpenedFile): void;
  /** The file can't be opened, or did not come in time: the refusal. */
  failed(refusal: TftpError): void;
}

export class Opening {
  /** The file, if it was opened at once. */
  readonly file: OpenedFile | undefined;
  readonly #request: ServedRequest;
  readonly #settings: TransferSettings;
  readonly #answer: PromiseLike<Opened> | undefined;
  #isWaiting = false;
  #stop: (() => void) | undefined;

  /** Asks for the file. Throws a local {@linkcode TftpError} for an immediate refusal. */
  constructor(request: ServedRequest, settings: TransferSettings) {
    this.#request = request;
    this.#settings = settings;
    const answer = openFile(request, settings);
    if (isLater(answer)) this.#answer = answer;
    else this.file = prepare(answer, request, settings);
  }

  /** Whether the handler has yet to answer. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** Waits for a file that was not opened at once. */
  wait({ opened, failed }: OpeningEnds): void {
    const { clock, policy } = this.#settings;
    const limitMs = Math.min(OPENING_LIMIT_MS, policy.idleTimeoutMs);
    this.#isWaiting = true;
    clock.waiting(1);
    this.#stop = clock.after(limitMs, () => this.#end(() => failed(tooLate(limitMs))));
    this.#answer!.then(
      (file) => {
        if (!this.#isWaiting) return this.#guarded(() => discard(file));
        this.#end(() => this.#prepare(file, { opened, failed }));
      },
      (error) => this.#end(() => failed(refusalOf(error))),
    );
  }

  /** The client no longer waits. */
  cancel(): void {
    this.#end(() => {});
  }

  #prepare(file: Opened, { opened, failed }: OpeningEnds): void {
    let prepared: OpenedFile;
    try {
      prepared = prepare(file, this.#request, this.#settings);
    } catch (error) {
      return failed(refusalOf(error));
    }
    opened(prepared);
  }

  #end(callback: () => void): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#stop?.();
    this.#settings.clock.waiting(-1);
    this.#guarded(callback);
  }

  /** An error in these callbacks must not reach the handler's promise. */
  #guarded(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#settings.owner.internalError(error);
    }
  }
}

function tooLate(limitMs: number): TftpError {
  const reason = `The file could not be opened within ${Math.round(limitMs / 1000)} seconds`;
  return new TftpError("local", ErrorCode.NotDefined, reason);
}
