/** The client on the simulated bad network of `--fault`. */

import { assert, assertEquals } from "@std/assert";
import { ServedPlace } from "../../helpers/files/client_place.ts";
import { pattern } from "../../helpers/files/temp_folder.ts";

Deno.test("tftp --fault prints its seed, and does the same again with it", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("file", pattern(60_000));
  // On a busy machine a timer may send something in between, and the row goes on differently from
  // there; the first wait is a second, so the beginning is the same.
  const faultsOf = async (faults: string) => {
    const args = ["get", "--trace", "-w", "1", "--fault", faults, place.host, "file"];
    const { code, stderr } = await place.run(args);
    assertEquals([code, place.here.bytes("file").length], [0, 60_000]);
    const [, seed] = /--fault dup=20%,seed=(\d+)/.exec(stderr) ?? [];
    assert(seed !== undefined, stderr);
    const told = stderr.split("\n").filter((line) => line.endsWith("by --fault"));
    return { seed, told: told.map((line) => line.replace(/^.*?(->|-x|<-|x-|~>|<~)/, "$1")) };
  };
  const drawn = await faultsOf("dup=20%");
  assert(drawn.told.length > 2, "dozens of datagrams and hardly a fault");
  const again = await faultsOf(`dup=20%,seed=${drawn.seed}`);
  assertEquals(again.told.slice(0, 2), drawn.told.slice(0, 2));
});

Deno.test("tftp get and put come through a bad network whole", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("file", pattern(300_000));
  const faults = ["--fault", "loss=2%,dup=5%,reorder=5%,delay=2ms,seed=3"];
  assertEquals((await place.run(["get", ...faults, place.host, "file"])).code, 0);
  assertEquals(place.here.bytes("file"), pattern(300_000));
  assertEquals((await place.run(["put", ...faults, "-n", "new", place.host, "file"])).code, 0);
  assertEquals(place.served.folder.bytes("new"), pattern(300_000));
});
