/** What this process holds of the system. */

import { until } from "../sim/within.ts";

/**
 * Descriptors that are open in this process, each with what it leads to: "12 -> socket:[4711]".
 * Another program looks: Deno itself wants every permission for /proc/self/fd.
 */
export function openDescriptors(): string[] {
  const { stdout } = new Deno.Command("ls", { args: ["-l", `/proc/${Deno.pid}/fd`] }).outputSync();
  return new TextDecoder().decode(stdout).match(/\d+ -> .*/g) ?? [];
}

/** Waits until as many descriptors are open as before; if not, the error says which differ. */
export async function descriptorsAsBefore(before: readonly string[]): Promise<void> {
  let now: string[] = [];
  try {
    await until(() => (now = openDescriptors()).length === before.length, "as many descriptors");
  } catch (error) {
    const more = now.filter((line) => !before.includes(line));
    const gone = before.filter((line) => !now.includes(line));
    const lists = `more: ${more.join(", ") || "none"}; gone: ${gone.join(", ") || "none"}`;
    throw new Error(`${before.length} descriptors before, ${now.length} now; ${lists}`, {
      cause: error,
    });
  }
}
