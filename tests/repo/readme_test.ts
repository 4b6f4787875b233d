/** The README's tables are the program's own. */

import { assertEquals } from "@std/assert";
import { EXIT_CODES } from "../../src/cli/text/exit_code.ts";
import { type Flag, FLAGS } from "../../src/cli/args/flag_table.ts";
import { valueOf } from "../../src/cli/text/help.ts";

const README = new URL("../../README.md", import.meta.url);

Deno.test("README shows every option as the program's table has it", async () => {
  assertEquals(await tableUnder("## Options"), (FLAGS as readonly Flag[]).map(optionRow));
});

Deno.test("README shows every exit code as the program's table has it", async () => {
  const rows = EXIT_CODES.map(({ code, meaning }) => `| ${code} | ${meaning} |`);
  assertEquals(await tableUnder("## Exit codes"), rows);
});

/** The rows of the first table behind a heading, columns not padded. */
async function tableUnder(heading: string): Promise<string[]> {
  const text = await Deno.readTextFile(README);
  const section = text.slice(text.indexOf(heading)).split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((row) => row.replaceAll(/ +/g, " "));
}

function optionRow(flag: Flag): string {
  const { short, name, commands, help, takes, default: fixed, assumed } = flag;
  const long = `--${name}${valueOf(flag)}`;
  const written = short === undefined ? `\`${long}\`` : `\`-${short}\`, \`${long}\``;
  const range = takes.kind === "integer" || takes.kind === "seconds"
    ? [`${takes.min}–${takes.max}`]
    : [];
  const fallback = fixed ?? assumed;
  const bounds = [...range, ...(fallback === undefined ? [] : [`default ${fallback}`])].join(", ");
  return `| ${written} | ${commands.join(", ")} | ${help}${bounds === "" ? "" : ` (${bounds})`} |`;
}
