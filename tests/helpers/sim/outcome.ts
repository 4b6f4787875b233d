/** The result of an operation that may be forbidden: "done", or the name of its error. */
export function outcome(operation: () => unknown): string {
  try {
    operation();
    return "done";
  } catch (error) {
    return (error as Error).name;
  }
}
