/** Programs without a superuser's rights: tests may run as root, who may do anything. */

/** The capabilities that make a superuser's file and port rights. */
const DROPPED = "-net_bind_service,-dac_override,-dac_read_search,-fowner";

/** A command line that runs `args` of this Deno under the rights of an ordinary user. */
export function unprivileged(args: readonly string[]): { program: string; args: string[] } {
  if (Deno.uid() !== 0) return { program: Deno.execPath(), args: [...args] };
  const drop = ["--bounding-set", DROPPED, "--inh-caps", DROPPED, Deno.execPath()];
  return { program: "setpriv", args: [...drop, ...args] };
}
