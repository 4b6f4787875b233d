/** A build that can't be made as asked, in words for who asked. */
export class CompileError extends Error {
  override name = "CompileError";
}
