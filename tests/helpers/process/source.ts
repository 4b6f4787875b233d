/** Reads the project's own source for the tests that are about it. */

const ROOT = new URL("../../../", import.meta.url);
const SKIPPED = new Set([".git", ".cache", "dist", "node_modules"]);

/** One text file of the project. */
export interface SourceFile {
  /** From the project's folder, with slashes. */
  path: string;
  text: string;
  /** The text with comments and the insides of strings blanked, line for line. */
  code: string;
  /** What it imports: a path as above, or a specifier that is not relative. */
  imports: string[];
}

/** All files of the project whose name matches, in order of their paths. */
export async function sourceFiles(name: RegExp): Promise<SourceFile[]> {
  const paths = (await walk("")).filter((path) => name.test(path)).sort();
  return await Promise.all(paths.map(readSource));
}

async function walk(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of Deno.readDir(new URL(folder, ROOT))) {
    if (SKIPPED.has(entry.name)) continue;
    const path = folder + entry.name;
    if (entry.isDirectory) paths.push(...await walk(`${path}/`));
    else if (entry.isFile) paths.push(path);
  }
  return paths;
}

async function readSource(path: string): Promise<SourceFile> {
  const text = await Deno.readTextFile(new URL(path, ROOT));
  if (!path.endsWith(".ts")) return { path, text, code: "", imports: [] };
  const code = blank(text);
  return { path, text, code, imports: importsOf({ path, text, code }) };
}

/** Comments, strings, templates and regular expressions, whichever comes first. */
const OPAQUE = new RegExp(
  [
    String.raw`\/\/[^\n]*`,
    String.raw`\/\*[\s\S]*?\*\/`,
    String.raw`"(?:\\.|[^"\\\n])*"`,
    String.raw`'(?:\\.|[^'\\\n])*'`,
    String.raw`${"`"}(?:\\[\s\S]|[^${"`"}\\])*${"`"}`,
    // A slash begins a regular expression where no value stands before it.
    String
      .raw`(?<=[=(,:;!&|?{}[\n]\s*|return )\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/`,
  ].join("|"),
  "g",
);

/**
 * Blanks what is not code. What a template computes inside `${}` stays, one level deep, since
 * code could hide there.
 */
export function blank(text: string): string {
  return text.replaceAll(OPAQUE, (match) => {
    if (match.startsWith("`")) {
      return match.replaceAll(/(\$\{[^}]*\})|[^\n`]/g, (_, computed) => computed ?? " ");
    }
    const quote = /^["']/.test(match) ? match.charAt(0) : "";
    const inside = match.slice(quote.length, match.length - quote.length);
    return quote + inside.replaceAll(/[^\n]/g, " ") + quote;
  });
}

/** Static imports, re-exports, imports with a literal name, and workers' URLs. */
function importsOf(file: { path: string; text: string; code: string }): string[] {
  const statement = /\b(?:from|import|import\(|new URL\()\s*"( *)"/g;
  const specifiers: string[] = [];
  for (const match of file.code.matchAll(statement)) {
    const end = match.index + match[0].length - 1;
    const specifier = file.text.slice(end - (match[1] ?? "").length, end);
    const isUrl = match[0].startsWith("new URL");
    if (isUrl && !/^\.{1,2}\/.*\.ts$/.test(specifier)) continue;
    specifiers.push(specifier.startsWith(".") ? resolvePath(file.path, specifier) : specifier);
  }
  return specifiers;
}

function resolvePath(from: string, specifier: string): string {
  return new URL(specifier, `file:///${from}`).pathname.slice(1);
}

/** The line number, from 1, of a position in a text. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
