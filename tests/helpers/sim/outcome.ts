/** What became of something that may be forbidden: "done", or the name of its error. */
export function outcome(deed: () => unknown): string {
  try {
    deed();
    return "done";
  } catch (error) {
    return (error as Error).name;
  }
}
