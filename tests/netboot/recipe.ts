/** The recipes of docs/netboot.md: what is printed there is what is tried here. */

import { assert } from "@std/assert";

const PAGE = new URL("../../docs/netboot.md", import.meta.url);

/** The content of the page's fenced block for a file, which is named behind the fence. */
export async function recipe(name: string): Promise<string> {
  const lines = (await Deno.readTextFile(PAGE)).split("\n");
  const fence = lines.findIndex((line) => /^```\w+ /.test(line) && line.split(" ")[1] === name);
  assert(fence !== -1, `docs/netboot.md has no block named ${name}`);
  const length = lines.slice(fence + 1).indexOf("```");
  return `${lines.slice(fence + 1, fence + 1 + length).join("\n")}\n`;
}
