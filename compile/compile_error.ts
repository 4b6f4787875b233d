/** A build that is not possible, with a sentence for the user. */
export class CompileError extends Error {
  override name = "CompileError";
}

/** What Deno said about a download that failed, in its stderr; undefined for any other failure. */
export function failedRequest(stderr: string): string | undefined {
  return /error sending request[^\n]*/.exec(stderr)?.[0];
}

/** The line of Deno's stderr that says why it failed. */
export function causeIn(stderr: string): string {
  return failedRequest(stderr) ?? stderr.trim().split("\n")[0]!;
}
