/**
 * Puts in turn a file, a FIFO, links that lead out of the folder, and links that stay inside in the
 * place of `swap`, and a folder and a link to the one outside in the place of `folder`, as fast as
 * it can, until it is ended. Writes a line once each has been there.
 *
 * Arguments: the folder that is served; beside it are `secret` and `outside/file`.
 */

import { join } from "@std/path";

const [root = ""] = Deno.args;
let round = 0;

/** Makes something under a name of its own, and then gives it the name in one step. */
function put(name: string, make: (path: string) => void): void {
  const path = join(root, `.${name}-${round++ % 2}`);
  Deno.removeSync(path, { recursive: true });
  make(path);
  // A folder takes no other thing's place.
  if (name === "folder") Deno.renameSync(join(root, name), join(root, ".gone"));
  Deno.renameSync(path, join(root, name));
  if (name === "folder") Deno.removeSync(join(root, ".gone"), { recursive: true });
  Deno.writeTextFileSync(path, "");
}

function turn(): void {
  put("swap", (path) => Deno.symlinkSync("../secret", path));
  put("folder", (path) => Deno.symlinkSync("../outside", path));
  put("swap", (path) => Deno.writeTextFileSync(path, "inside"));
  put("swap", (path) => Deno.symlinkSync(join(root, "..", "secret"), path));
  put("folder", (path) => {
    Deno.mkdirSync(path);
    Deno.writeTextFileSync(join(path, "file"), "inside");
  });
  // A FIFO made by a program would take a thousand times longer than a swap.
  Deno.linkSync(join(root, "fifo"), join(root, ".fifo"));
  Deno.renameSync(join(root, ".fifo"), join(root, "swap"));
  put("swap", (path) => Deno.symlinkSync(join(root, "file"), path));
  put("swap", (path) => Deno.symlinkSync("file", path));
}

for (const name of ["swap", "folder"]) {
  for (const number of [0, 1]) Deno.writeTextFileSync(join(root, `.${name}-${number}`), "");
}
turn();
Deno.stdout.writeSync(new TextEncoder().encode("swapping\n"));
while (true) turn();
