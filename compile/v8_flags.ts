/**
 * How V8 is to keep house. Left alone, it lets garbage pile up that a server makes with every
 * packet, and a storm of clients takes half as much memory again. `deno.json` says it once, in the
 * task that runs the program; whatever else starts or builds the program asks here.
 */

/** What is needed of a `deno.json`. */
interface Config {
  readonly tasks: { readonly tftp: { readonly command: string } };
}

/** The flag of `deno run` and `deno compile`; none, if the task has none. */
export function v8Flags({ tasks }: Config): string[] {
  return /--v8-flags=\S+/.exec(tasks.tftp.command)?.slice(0, 1) ?? [];
}
