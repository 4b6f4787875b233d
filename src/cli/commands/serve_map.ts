/** `tftp serve --map-test`: what a map file makes of a name. */

import { TftpError } from "../../protocol/mod.ts";
import type { ServeSettings } from "../args/command.ts";
import { missing, read, refuseWithout } from "../permissions/permission.ts";
import { printable } from "../text/format.ts";
import { printOut } from "./print.ts";
import { readMap } from "./serve_config.ts";

/** Prints the rewritten name for a download, and for an upload if that differs. */
export async function testMap(
  { map }: ServeSettings,
  { mapTest, client }: { mapTest: string; client: string },
): Promise<number> {
  if (map === undefined) {
    printOut([printable(mapTest)]);
    return 0;
  }
  refuseWithout(await missing([read(map)]));
  const rules = readMap(map);
  const [get, put] = (["get", "put"] as const).map((direction) => {
    try {
      return printable(rules.rewrite(mapTest, { direction, client }));
    } catch (error) {
      if (!(error instanceof TftpError)) throw error;
      return `refused: ${printable(error.message)} (error ${error.code})`;
    }
  });
  printOut(get === put ? [get!] : [`get: ${get}`, `put: ${put}`]);
  return 0;
}
