/** Patterns of names: `*` and `?` within a folder, `**` across folders, as in shells. Pure. */

/** What tells whether a name matches. The name has `/` between its parts and none before them. */
export type Glob = (name: string, ignoreCase: boolean) => boolean;

/**
 * Reads a pattern. One without a `/` is about the last part of a name, in whatever folder. Throws a
 * `SyntaxError` for one that is empty.
 */
export function parseGlob(pattern: string): Glob {
  const text = pattern.replace(/^\/+/, "");
  if (text === "") throw new SyntaxError("a pattern is empty");
  const source = text.replaceAll(/\*\*\/|\*\*|\*|\?|[^*?]+/g, (piece) => {
    switch (piece) {
      case "**/":
        return "(?:[^/]+/)*";
      case "**":
        return ".*";
      case "*":
        return "[^/]*";
      case "?":
        return "[^/]";
      default:
        return piece.replaceAll(/[\\^$.|+()[\]{}]/g, "\\$&");
    }
  });
  const anywhere = text.includes("/") ? "" : "(?:.*/)?";
  const exact = new RegExp(`^${anywhere}${source}$`, "su");
  const loose = new RegExp(exact.source, "siu");
  return (name, ignoreCase) => (ignoreCase ? loose : exact).test(name);
}
