/** What this process holds of the system. */

/**
 * Descriptors that are open in this process. Another program looks: Deno itself wants every
 * permission for /proc/self/fd.
 */
export function openDescriptors(): number {
  const { stdout } = new Deno.Command("ls", { args: [`/proc/${Deno.pid}/fd`] }).outputSync();
  return new TextDecoder().decode(stdout).trimEnd().split("\n").length;
}
