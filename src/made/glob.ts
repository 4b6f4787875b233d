/** Patterns for names: `*` and `?` within a folder, `**` across folders, as in shells. Pure. */

/** Tests whether a name matches. The name has `/` between its parts and none at the start. */
export type Glob = (name: string, ignoreCase: boolean) => boolean;

/**
 * Parses a pattern. One without a `/` applies to the last part of a name, in any folder. Throws a
 * `SyntaxError` for an empty one.
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
