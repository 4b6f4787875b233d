/** JSON with comments and commas before a closing bracket. Pure. */

/** Reads such a text. Throws `SyntaxError` with the line at fault. */
export function parseJsonc(text: string): unknown {
  const plain = withoutExtras(text);
  try {
    return JSON.parse(plain);
  } catch (error) {
    const { message } = error as Error;
    const position = /at position (\d+)/.exec(message)?.[1];
    const line = plain.slice(0, position === undefined ? plain.length : Number(position))
      .split("\n").length;
    throw new SyntaxError(`line ${line}: ${message.replace(/ in JSON at position.*$/s, "")}`);
  }
}

/** Comments and superfluous commas become spaces, so that every other character keeps its place. */
function withoutExtras(text: string): string {
  const comment = String.raw`//[^\n]*|/\*[\s\S]*?\*/`;
  const string = String.raw`"(?:\\.|[^"\\\n])*"`;
  const token = new RegExp(`${string}|${comment}|,(?=(?:\\s|${comment})*[\\]}])`, "g");
  return text.replace(/^\ufeff/, " ").replaceAll(
    token,
    (found) => found.startsWith('"') ? found : found.replaceAll(/[^\n]/g, " "),
  );
}
