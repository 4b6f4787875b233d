/** A build that is not possible, with a sentence for the user. */
export class CompileError extends Error {
  override name = "CompileError";
}
