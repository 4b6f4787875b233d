/** Templates: files of another handler, filled in for each client. */

import { BytesSource } from "../engine/bytes_source.ts";
import { ErrorCode, TftpError } from "../protocol/mod.ts";
import type { FileRequest, Handler, Naming, Opened } from "../engine/handler.ts";
import { nameParts } from "../files/requested_name.ts";
import { type Glob, parseGlob } from "./glob.ts";
import { hexOf } from "./hosts.ts";
import type { Knowledge } from "./knowledge.ts";
import { type PlaceName, renderTemplate } from "./template.ts";
import { wholeOf } from "./whole_file.ts";

/** The largest template, and the largest result, in bytes. */
export const MAX_TEMPLATE_BYTES = 1024 * 1024;

export interface TemplateSettings {
  /** Which names are templates. */
  readonly patterns: readonly string[];
  readonly knowledge: Knowledge;
}

export class TemplateHandler implements Handler {
  readonly #files: Handler;
  readonly #globs: readonly Glob[];
  readonly #knowledge: Knowledge;

  /** Templates are files of `files`. Throws a `SyntaxError` for an invalid pattern. */
  constructor(files: Handler, { patterns, knowledge }: TemplateSettings) {
    this.#files = files;
    this.#globs = patterns.map(parseGlob);
    this.#knowledge = knowledge;
  }

  open(request: FileRequest): Opened | PromiseLike<Opened> {
    const opened = this.#files.open(request);
    return this.#isTemplate(request) ? this.#render(opened, request) : opened;
  }

  probableName(name: string, naming: Naming): string | undefined {
    return this.#files.probableName?.(name, naming);
  }

  /** An invalid name is left to the other handler. */
  #isTemplate({ direction, name, naming }: FileRequest): boolean {
    if (direction === "put") return false;
    let plain: string;
    try {
      plain = nameParts(name).join("/");
    } catch {
      return false;
    }
    return this.#globs.some((matches) => matches(plain, naming.ignoreCase === true));
  }

  async #render(opened: Opened | PromiseLike<Opened>, request: FileRequest): Promise<Opened> {
    const file = await opened;
    if (!("read" in file)) throw new TypeError("A sink was opened for a template");
    const bytes = await wholeOf(file, MAX_TEMPLATE_BYTES);
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      const made = new BytesSource(renderTemplate(text, (place) => this.#fact(place, request)));
      if (made.size > MAX_TEMPLATE_BYTES) throw new RangeError("what is made of it is too large");
      return made;
    } catch (error) {
      const refusal = new TftpError(
        "local",
        ErrorCode.NotDefined,
        "The file can't be made for this client",
      );
      refusal.cause = error;
      throw refusal;
    }
  }

  #fact(place: PlaceName, { client: { hostname }, name }: FileRequest): string | undefined {
    switch (place) {
      case "ip":
        return hostname;
      case "ip.hex":
        return hexOf(hostname);
      case "name":
        // What a client chose must not add a line to the result.
        return /^[^\p{Cc}\p{Zl}\p{Zp}]*$/u.test(name) ? name : undefined;
      case "mac":
        return this.#knowledge.find(hostname).mac;
      case "hostname":
        return this.#knowledge.find(hostname).name;
    }
  }
}
