/**
 * The regular expressions of map files beside those of `grep -E`: random ones on random texts,
 * with the same matches. A failure tells its seed first; `TFTP_ERE_SEED=N` in the environment
 * replays it.
 */

import { assert, assertEquals } from "@std/assert";
import { parseEre } from "../../../src/server/ere.ts";
import { findMatch } from "../../../src/server/ere_match.ts";
import { run } from "../../helpers/process/cli.ts";
import { Prng } from "../../helpers/sim/prng.ts";
import { isHere } from "../../helpers/process/program.ts";

const EXPRESSIONS = 250;
const TEXTS = 40;
const LETTERS = "abc.-A1";

const ATOMS = ["a", "b", "c", ".", "[ab]", "[^a]", "[b-c-]", "[[:alpha:]]", "[[:upper:]1]", "\\."];
const REPEATS = ["*", "+", "?", "{2}", "{1,3}", "{0,1}", "{2,}"];

/** Makes expressions and texts. */
class Maker {
  readonly #prng: Prng;

  constructor(seed: number) {
    this.#prng = new Prng(seed);
  }

  /**
   * Anchors stand at the ends of whole alternatives only: in groups that are repeated, grep's own
   * answers differ between a line, `-o` and `-x`.
   */
  expression(): string {
    return this.#options(3).map((option) => {
      const begin = this.#prng.chance(0.1) ? "^" : "";
      return begin + option + (this.#prng.chance(0.1) ? "$" : "");
    }).join("|");
  }

  text(): string {
    return this.#list(12, () => this.#prng.pick([...LETTERS])).join("");
  }

  #options(depth: number): string[] {
    return this.#list(this.#prng.chance(0.3) ? 3 : 1, () => this.#sequence(depth));
  }

  #sequence(depth: number): string {
    return this.#list(4, () => this.#atom(depth) + this.#repeat()).join("");
  }

  #atom(depth: number): string {
    if (depth > 0 && this.#prng.chance(0.25)) return `(${this.#options(depth - 1).join("|")})`;
    return this.#prng.pick(ATOMS);
  }

  #repeat(): string {
    return this.#prng.chance(0.4) ? this.#prng.pick(REPEATS) : "";
  }

  /** One to `most` of them. */
  #list(most: number, make: () => string): string[] {
    return Array.from({ length: this.#prng.int(1, most) }, make);
  }
}

/** Some expressions with nested repetitions take grep minutes, or all memory. */
const GREP_SECONDS = 5;

/** The exit code of timeout(1) for a program that it has ended. */
const TIMED_OUT = 124;

/**
 * What grep finds: by the number of the line, the first match that is not empty; undefined where it
 * takes too long.
 */
async function grep(expression: string, texts: readonly string[], ...flags: string[]) {
  const limited = ["LC_ALL=C", "timeout", `${GREP_SECONDS}`, "grep"];
  const args = [...limited, "-E", "-n", ...flags, "-e", expression];
  const stdin = new TextEncoder().encode(texts.map((text) => `${text}\n`).join(""));
  const { code, stdout, stderr } = await run("env", { args, stdin });
  if (code === TIMED_OUT) return undefined;
  assert(code < 2, `grep refuses ${expression}: ${stderr}`);
  const found = new Map<number, string>();
  for (const line of stdout.split("\n").slice(0, -1)) {
    const [, number = "", match = ""] = /^(\d+):(.*)$/.exec(line) ?? [];
    if (!found.has(Number(number))) found.set(Number(number), match);
  }
  return found;
}

/** Whether the expression of a seed could be compared. */
async function compare(seed: number): Promise<boolean> {
  const maker = new Maker(seed);
  const expression = maker.expression();
  const texts = Array.from({ length: TEXTS }, () => maker.text());
  const lines = await grep(expression, texts);
  const matches = await grep(expression, texts, "-o");
  if (lines === undefined || matches === undefined) return false;
  const parsed = parseEre(expression, { ignoreCase: false });
  for (const [index, text] of texts.entries()) {
    const span = findMatch(parsed, text)?.[0];
    const told = `TFTP_ERE_SEED=${seed}: ${expression} on ${text}`;
    assertEquals(span !== undefined, lines.has(index + 1), told);
    const ours = span === undefined ? "" : text.slice(...span);
    // Where the first match is empty grep goes on to one that is not.
    if (ours !== "") assertEquals(ours, matches.get(index + 1), told);
  }
  return true;
}

Deno.test({
  name: "findMatch() finds what grep -E finds, in random expressions and texts",
  ignore: !await isHere("grep", "--version") || !await isHere("timeout", "--version"),
  async fn() {
    const asked = Deno.env.get("TFTP_ERE_SEED");
    if (asked) return assert(await compare(Number(asked)), "grep takes too long");
    const first = crypto.getRandomValues(new Uint32Array(1))[0]! % 1_000_000_000;
    let compared = 0;
    for (let seed = first; seed < first + EXPRESSIONS; seed++) {
      if (await compare(seed)) compared++;
    }
    assert(compared > 0.95 * EXPRESSIONS, `${compared} of ${EXPRESSIONS} from seed ${first}`);
  },
});
