/**
 * A program for a user who can write into a served folder: as fast as it can, it renames a file and
 * a FIFO in turn over one name, until it is killed.
 *
 * rival_renames.ts FOLDER NAME
 */

if (import.meta.main) {
  const [folder = ".", name = ""] = Deno.args;
  const at = (name: string) => `${folder}/${name}`;
  for (let turn = 0;; turn++) {
    Deno.linkSync(at(turn % 2 === 0 ? "the-file" : "the-fifo"), at("swapped"));
    Deno.renameSync(at("swapped"), at(name));
  }
}
