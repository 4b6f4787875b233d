/** A time limit for a wait, so that a test that times out says what it waited for. */

const PATIENCE_MS = 15_000;

/** Settles as `promise` does, or fails the test when that takes too long. */
export async function within<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Settles when the condition holds, which is looked at again and again. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const lateMs = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > lateMs) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
