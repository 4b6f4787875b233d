/** The command line itself is wrong; nothing has been opened or sent. */
export class UsageError extends Error {
  override name = "UsageError";
}
