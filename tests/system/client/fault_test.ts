/** The client on the simulated bad network of `--fault`. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { ServedPlace } from "../../helpers/files/client_place.ts";
import { pattern } from "../../helpers/files/temp_folder.ts";

/**
 * What became of each datagram of a trace, in order: 1 for one that came through, 2 for a doubled
 * one. A doubled one that is sent has a line more after its own; one that arrives has it before.
 */
function fatesIn(trace: string): { sent: string; arrived: string } {
  const marks = Array.from(trace.matchAll(/ (->|~>|<-|<~) /g), ([, mark]) => mark!);
  const [sent, arrived] = [">", "<"].map((way) =>
    marks.filter((mark) => mark.includes(way)).join("")
  );
  return {
    sent: sent!.replace(/->(~>)?/g, (datagram) => datagram.includes("~") ? "2" : "1"),
    arrived: arrived!.replace(/<~<-(<-)?|<-/g, (datagram) => datagram.includes("~") ? "2" : "1"),
  };
}

Deno.test("tftp --fault prints its seed, and does the same again with it", async () => {
  await using place = new ServedPlace();
  place.served.folder.write("file", pattern(60_000));
  const fatesOf = async (faults: string) => {
    const args = ["get", "--trace", "-w", "1", "--fault", faults, place.host, "file"];
    const { code, stderr } = await place.run(args);
    assertEquals([code, place.here.bytes("file").length], [0, 60_000]);
    const [, seed] = /--fault dup=20%,seed=(\d+)/.exec(stderr) ?? [];
    assert(seed !== undefined, stderr);
    return { seed, ...fatesIn(stderr) };
  };
  const drawn = await fatesOf("dup=20%");
  const again = await fatesOf(`dup=20%,seed=${drawn.seed}`);
  // A doubled block is acknowledged again only after a pause. So the datagrams of two runs may
  // differ, but not what happens to the first, the second and so on of each direction.
  for (const direction of ["sent", "arrived"] as const) {
    const common = Math.min(drawn[direction].length, again[direction].length);
    assert(common > 40, `only ${common} datagrams were ${direction}`);
    assertEquals(again[direction].slice(0, common), drawn[direction].slice(0, common));
  }
  assertStringIncludes(drawn.sent + drawn.arrived, "2");
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
