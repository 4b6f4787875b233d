import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EXIT_CODES } from "../../src/cli/text/exit_code.ts";
import { COMMANDS, type Flag, FLAGS } from "../../src/cli/args/flag_table.ts";
import { spelling } from "../../src/cli/args/flags.ts";
import { helpText, valueOf } from "../../src/cli/text/help.ts";
import { parseCommand } from "../../src/cli/args/parse.ts";
import { LIMITS, THOROUGH_LIMITS } from "../../src/doctor/server/bounds.ts";
import { CLIENT_BLKSIZE, CLIENT_WINDOWSIZE } from "../../src/client/client.ts";
import { DEFAULT_TIMING } from "../../src/protocol/mod.ts";
import { maxWindowsizeFor } from "../../src/protocol/mod.ts";

const ROWS: readonly Flag[] = FLAGS;
const TOPICS = [undefined, ...COMMANDS.map((row) => row.name)];

Deno.test("helpText keeps within 80 columns, without trailing spaces", () => {
  for (const topic of TOPICS) {
    for (const line of helpText(topic).split("\n")) {
      assert(line.length <= 80, `${topic}: ${line}`);
      assertEquals(line, line.trimEnd());
    }
  }
});

Deno.test("helpText shows every flag of a command, its value, range and default", () => {
  for (const { name } of COMMANDS) {
    const text = helpText(name).replaceAll(/\s+/g, " ");
    for (const row of ROWS.filter((row) => row.commands.includes(name))) {
      const typed = spelling(row).replace("/", ", ");
      assertStringIncludes(text, `${typed}${valueOf(row)} `);
      if (row.takes.kind === "integer") {
        assertStringIncludes(text, `${row.takes.min}-${row.takes.max}`);
      }
      if (row.takes.kind === "choice") {
        for (const choice of row.takes.choices) assertStringIncludes(text, choice);
      }
      if (row.default !== undefined) assertStringIncludes(text, `default ${row.default}]`);
    }
  }
});

Deno.test("helpText shows no flag of another command", () => {
  for (const { name } of COMMANDS) {
    for (const row of ROWS.filter((row) => !row.commands.includes(name))) {
      const shared = ROWS.some((other) => other.name === row.name && other.commands.includes(name));
      assertEquals(helpText(name).includes(`--${row.name} `), shared, `${name} ${row.name}`);
    }
  }
});

Deno.test("helpText shows every exit code once in every help", () => {
  for (const topic of TOPICS) {
    for (const { code, meaning } of EXIT_CODES) {
      const row = `${String(code).padStart(5)}  ${meaning}\n`;
      assertEquals(helpText(topic).split(row).length - 1, 1, `${topic}: ${row}`);
    }
  }
});

Deno.test("helpText shows the options of serve in groups, each option once", () => {
  const text = helpText("serve");
  const titles = text.match(/^[A-Z].*(?=:$)/gm);
  assertEquals(titles, [
    "Usage",
    ...["Network", "Files", "Origins", "Uploads", "Access", "Limits", "Logs"],
    ...["Monitoring", "Debugging"],
    ...["Other options", "Examples", "Exit codes"],
  ]);
  const shown = [...text.matchAll(/^ {2}(?:-\w, | {4})--([\w-]+)/gm)].map(([, name]) => name);
  const names = ROWS.filter((row) => row.commands.includes("serve")).map((row) => row.name);
  assertEquals(shown.toSorted(), names.toSorted());
});

Deno.test("helpText shows the usage of every command in the program's own help", () => {
  for (const line of COMMANDS.flatMap((row) => row.usage)) {
    assertStringIncludes(helpText(), `  ${line}\n`);
  }
});

Deno.test("COMMANDS gives only examples that parse", () => {
  for (const row of COMMANDS) {
    for (const [line] of row.examples) {
      const words = line.slice(line.indexOf("tftp ")).split(" ").slice(1);
      assertEquals(parseCommand(words).kind, row.name, line);
    }
  }
});

Deno.test("helpText names the limits of the doctor", () => {
  const text = helpText("doctor").replaceAll(/\s+/g, " ");
  const [usual, thorough] = [LIMITS, THOROUGH_LIMITS].map(({ datagrams, bytes }) =>
    [datagrams.toLocaleString("en"), `${bytes / 1024 ** 2} MiB`] as const
  );
  assertStringIncludes(text, `at most ${usual![0]} packets and receives at most ${usual![1]}`);
  assertStringIncludes(text, `--thorough ${thorough![0]} packets and ${thorough![1]}`);
});

Deno.test("FLAGS tells the numbers the client really chooses", () => {
  const assumed = Object.fromEntries(ROWS.map((row) => [row.name, row.assumed]));
  assertEquals(assumed["blksize"], String(CLIENT_BLKSIZE));
  assertEquals(assumed["windowsize"], String(CLIENT_WINDOWSIZE));
  assertEquals(assumed["timeout"], String(DEFAULT_TIMING.firstMs / 1000));
  assertEquals(assumed["retries"], String(DEFAULT_TIMING.retries));
});

Deno.test("helpText tells the windows that are asked for and granted", () => {
  const bounds = [512, 1472].map((blksize) => `${maxWindowsizeFor(blksize)} of up to ${blksize}`);
  for (const topic of ["get", "serve"] as const) {
    const text = helpText(topic).replaceAll(/\s+/g, " ").replaceAll(" blocks of up", " of up");
    for (const bound of bounds) assertStringIncludes(text, bound);
  }
  assert(!helpText("serve").includes("default 65535"));
});
