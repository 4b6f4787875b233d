// deno-lint-ignore-file no-console
/**
 * `deno task page`: builds the page of `tftp serve --http`, one HTML text that loads nothing from
 * elsewhere, and writes it to `src/watch/assets.json`. Its files are in `src/watch/page/`. uPlot,
 * an npm package, draws the chart; the folder of the package is an argument, unless it is in
 * `.cache/peers`.
 */

import { join } from "@std/path";
import { ROOT } from "./tools.ts";

/** In order of their dependencies. */
const SCRIPTS = ["text.js", "model.js", "stream.js", "rows.js", "chart.js", "main.js"];

const FOLDER = join(ROOT, "src", "watch", "page");
/** The output file. */
export const ASSETS: string = join(ROOT, "src", "watch", "assets.json");

/** The parts of the page from uPlot. */
export interface Library {
  readonly script: string;
  readonly style: string;
}

/** The page as it is served. */
export interface Composed {
  readonly html: string;
  readonly policy: string;
}

/** Builds the page, and the policy that lets a browser run only its scripts. */
export async function compose(library: Library): Promise<Composed> {
  const read = (name: string) => Deno.readTextFile(join(FOLDER, name));
  const parts = await Promise.all(SCRIPTS.map(read));
  const own = `(() => {\n"use strict";\n${parts.map(withoutModules).join("\n")}})();\n`;
  const scripts = [library.script, own];
  const styles = [library.style, await read("page.css")];
  const html = (await read("page.html"))
    .replace("<!-- style -->", () => elements("style", styles))
    .replace("<!-- script -->", () => elements("script", scripts));
  const policy = [
    "default-src 'none'",
    `script-src ${(await Promise.all(scripts.map(hashOf))).join(" ")}`,
    `style-src ${(await Promise.all(styles.map(hashOf))).join(" ")}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return { html, policy };
}

/** uPlot as it is in a page. */
export function libraryIn(html: string): Library {
  const first = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`, "s").exec(html)?.[1] ?? "";
  return { script: first("script"), style: first("style") };
}

/** uPlot from npm, with its licence, which must be included. */
async function libraryFrom(folder: string): Promise<Library> {
  const read = (name: string) => Deno.readTextFile(join(folder, name));
  const licence = `/*\n${(await read("LICENSE")).trim()}\n*/\n`;
  return {
    script: licence + await read("dist/uPlot.iife.min.js"),
    style: licence + await read("dist/uPlot.min.css"),
  };
}

/** The scripts become one, so they need no imports. */
function withoutModules(text: string): string {
  return text.replaceAll(/^import [^;]*;\n/gm, "").replaceAll(/^export /gm, "");
}

function elements(name: string, texts: readonly string[]): string {
  return texts.map((text) => `<${name}>${text}</${name}>`).join("\n");
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
}

if (import.meta.main) {
  const [folder = join(ROOT, ".cache", "peers", "node_modules", "uplot")] = Deno.args;
  const composed = await compose(await libraryFrom(folder));
  await Deno.writeTextFile(ASSETS, `${JSON.stringify(composed, null, 2)}\n`);
  console.log(`${ASSETS}: ${composed.html.length} characters`);
}
