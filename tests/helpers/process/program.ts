// deno-lint-ignore-file no-console
/** Programs of others that a test needs. */

import { run } from "./cli.ts";

/** Whether a program is here, which a harmless call shows; in CI it has to be. */
export async function isHere(program: string, ...args: string[]): Promise<boolean> {
  try {
    await run(program, { args });
    return true;
  } catch (error) {
    if (Deno.env.get("CI") === "true") throw error;
    console.error(`no ${program} here: what needs it is left out`);
    return false;
  }
}
