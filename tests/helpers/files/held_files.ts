/** A handler that opens a file only when a test says so. */

import { TftpError } from "../../../src/protocol/mod.ts";
import type { FileRequest, Handler, Opened } from "../../../src/engine/handler.ts";
import { Later } from "../../../src/engine/later.ts";

/** A request that waits for its file. */
export interface Held {
  readonly request: FileRequest;
  readonly answer: Later<Opened>;
}

export class HeldFiles implements Handler {
  /** All requests that were ever asked for, the last one last. */
  readonly held: Held[] = [];
  /** Requests that were cancelled, by name. */
  readonly cancelled: string[] = [];
  readonly #files: Handler;

  constructor(files: Handler) {
    this.#files = files;
  }

  open(request: FileRequest): PromiseLike<Opened> {
    const answer = new Later<Opened>();
    this.held.push({ request, answer });
    request.onCancel(() => this.cancelled.push(request.name));
    return answer;
  }

  /** Opens the file of a request, the last one unless told. */
  release({ request, answer }: Held = this.held.at(-1)!): void {
    try {
      answer.resolve(this.#files.open(request) as Opened);
    } catch (error) {
      answer.reject(error);
    }
  }

  /** Refuses the last request. */
  refuse(code: number, message: string): void {
    this.held.at(-1)!.answer.reject(new TftpError("local", code, message));
  }
}
