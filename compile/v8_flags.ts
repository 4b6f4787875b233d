/**
 * Memory settings of V8. By default it keeps so much garbage from packets that many clients take
 * half as much memory again. `deno.json` has the flags once, in the task that runs the program;
 * everything else that starts or builds the program reads them here.
 */

/** What is needed of a `deno.json`. */
interface Config {
  readonly tasks: { readonly tftp: { readonly command: string } };
}

/** The flag of `deno run` and `deno compile`; none, if the task has none. */
export function v8Flags({ tasks }: Config): string[] {
  return /--v8-flags=\S+/.exec(tasks.tftp.command)?.slice(0, 1) ?? [];
}
