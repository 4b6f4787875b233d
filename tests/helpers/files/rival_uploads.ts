/**
 * A program that takes uploads of one name as a server with `--uploads version` does, many at once,
 * and prints the content of each as soon as it may be acknowledged.
 *
 *     rival_uploads.ts FOLDER PREFIX AT_ONCE ROUNDS
 */

import { ServedRoot } from "../../../src/files/served_root.ts";

if (import.meta.main) {
  const [folder = ".", prefix = "", atOnce = "1", rounds = "1"] = Deno.args;
  const root = new ServedRoot(folder);
  for (let round = 0; round < Number(rounds); round++) {
    await Promise.all(Array.from({ length: Number(atOnce) }, async (_, index) => {
      const content = `${prefix}-${round}-${index}`;
      const sink = root.openForWriting("name", { existing: "keep" });
      sink.write(new TextEncoder().encode(content));
      await sink.commit();
      Deno.stdout.writeSync(new TextEncoder().encode(`${content}\n`));
    }));
  }
}
