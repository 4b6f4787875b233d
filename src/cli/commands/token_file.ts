/** The token for the status of a server. */

import { ErrorCode } from "../../protocol/mod.ts";
import { LocalFileError } from "../../engine/errors.ts";
import { localFileError } from "../../files/file_error.ts";
import { quoted } from "../text/format.ts";

/** Shorter ones can be guessed. */
const MIN_CHARACTERS = 16;

/** The token in a file: one line of visible characters. Throws `LocalFileError`. */
export function readToken(path: string): string {
  let text: string;
  try {
    text = Deno.readTextFileSync(path).trim();
  } catch (error) {
    throw localFileError("read the token", path, error);
  }
  if (text.length >= MIN_CHARACTERS && /^[\x21-\x7e]+$/.test(text)) return text;
  throw new LocalFileError(
    `the token in ${quoted(path)} must be one word of at least ${MIN_CHARACTERS} letters, ` +
      "digits and signs; `openssl rand -hex 32` makes one",
    path,
    ErrorCode.NotDefined,
  );
}
