/** What operators and users write: map files, configurations, lists of files. */

import { TftpError } from "../../src/protocol/mod.ts";
import { MapFile } from "../../src/server/map_file.ts";
import { formatConfig, parseConfig } from "../../src/cli/args/config_file.ts";
import { checksumLine, parseManifest } from "../../src/cli/args/manifest.ts";
import { UsageError } from "../../src/cli/args/usage_error.ts";
import { mustHold, type Target, textOf, texts, unless } from "./target.ts";

/**
 * No input may take longer. Counting what runs makes all of it some ten times slower, and so does a
 * machine that does other things too.
 */
const MAX_RUN_MS = 10_000;

/** A map file, and behind a line `--` a name to rewrite. */
export const mapFile: Target = {
  name: "map-file",
  seeds: texts(
    "rg \\\\ /\nri ^BOOT/ X/\n--\nboot\\abc",
    "r ^(.*)-(.*)$ \\2-\\1\nrs a b\n--\none-two",
    "a ^bad not\\ for\\ you\n~e ^b\nr4 a b\n--\nbad",
    "r [[:digit:]]+|[^/]*$ \\U\\0\\E\\x\nr ((a|ab)(c|bcd)(d*)){1,3} [\\1]\n--\nabcd",
  ),
  words: texts("(a*)*", "{2,30}", "[[:alpha:]]", "\\1", "\n", "r ", "rgs ", "~", "\n--\n", "(a|b)"),
  run(input) {
    const [rules = "", name = "file"] = textOf(input).split("\n--\n");
    const startedMs = performance.now();
    const map = unless([SyntaxError], () => new MapFile(rules, "map"));
    for (const direction of ["get", "put"] as const) {
      const asking = { direction, client: "10.0.0.1" };
      const made = map && unless([TftpError], () => map.rewrite(name, asking));
      mustHold(made === undefined || made.length < 2 ** 20, "a name stays short");
    }
    const tookMs = performance.now() - startedMs;
    mustHold(tookMs < MAX_RUN_MS, `a name takes little time, not ${tookMs} ms`);
  },
};

/** A configuration that is read and written again says the same. */
export const configuration: Target = {
  name: "configuration",
  seeds: texts(
    '{ "port": 6969, "uploads": "new", "allow": ["10.0.0.0/8"], "ignore-case": true }',
    '// comment\n{ "rate": "1M", "idle-timeout": 30, /* more */ "workers": 2, }',
  ),
  words: texts('"port": ', '"deny": [', "true", "null", "1e999", '"\\u0000"', "/*", "//", ",", "{"),
  run(input) {
    const words = unless([UsageError], () => parseConfig(textOf(input), "config"));
    if (!words) return;
    const written = formatConfig(words);
    const again = formatConfig(parseConfig(written, "again"));
    mustHold(again === written, "read and written again it is the same");
  },
};

const SUM = "0123456789abcdef".repeat(4);

/** A list of files names files, and what it says of one can be written as a line again. */
export const manifest: Target = {
  name: "manifest",
  seeds: [
    ...texts(
      `# files\n${SUM}  kernel\n${SUM} *initrd\nplain name\n`,
      `SHA256 (boot/grub) = ${SUM}\n\\${SUM}  a\\nb\r\n`,
      `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${SUM}  x\n` +
        "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n",
      `${SUM}  one\0${SUM}  two\0`,
    ),
    Uint8Array.of(0xff, 0xfe, 97, 0, 10, 0),
  ],
  words: texts(`${SUM}  `, "SHA256 (", ") = ", "\\n", "\r\n", "\0", "- ", SUM.slice(0, 32)),
  run(input) {
    const entries = unless([UsageError], () => parseManifest(input, "list"));
    for (const { name, sha256 } of entries ?? []) {
      mustHold(name !== "" && name !== "-", "each entry names a file");
      if (sha256 === undefined) continue;
      mustHold(/^[0-9a-f]{64}$/.test(sha256), "a sum is one of SHA-256");
      const line = parseManifest(checksumLine(sha256, name), "again")[0];
      mustHold(line?.name === name, `${JSON.stringify(name)} comes back`);
    }
  },
};
