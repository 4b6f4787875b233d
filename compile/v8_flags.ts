/**
 * Settings of V8. By default it keeps so much garbage from packets that many clients take half as
 * much memory again. And after some quiet seconds it makes its heap as small as it can and lets it
 * grow slowly from then on, so that machines that boot later are served a sixth slower:
 * `--no-memory-reducer` prevents that. TurboFan, the slowest of its compilers, begins when a
 * function has been called 30,000 times instead of 3,000. Before that, a client has a file of 32
 * MiB, in a tenth less time on a single core. `deno.json` has the flags once, in the task that runs
 * the program; everything else that starts or builds the program reads them here.
 */

/**
 * With native sockets memory is saved where that costs a server no speed: without Maglev, one of
 * V8's compilers for code that runs often, which takes 12 to 20 MB under load, and with half of the
 * space for new objects. On Deno's sockets windows are slower then. Without Maglev, TurboFan must
 * begin as early as V8 has it.
 */
const NATIVE = "--no-maglev,--max-semi-space-size=2,--invocation-count-for-turbofan=3000";

/** What is needed of a `deno.json`. */
interface Config {
  readonly tasks: { readonly tftp: { readonly command: string } };
}

/** The flag of `deno run` and `deno compile`; none, if the task has none. */
export function v8Flags({ tasks }: Config, { native = false } = {}): string[] {
  const [flags] = /--v8-flags=\S+/.exec(tasks.tftp.command) ?? [];
  if (flags === undefined) return [];
  return [native ? `${flags},${NATIVE}` : flags];
}
