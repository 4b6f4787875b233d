import { assertEquals, assertThrows } from "@std/assert";
import {
  missing,
  net,
  PermissionError,
  read,
  refuseWithout,
  write,
} from "../../src/cli/permission.ts";

Deno.test("refuseWithout tells all that is missing, and each flag once", () => {
  const lacking = [net("::1"), read("a"), read("b"), write(".")];
  assertThrows(
    () => refuseWithout(lacking),
    PermissionError,
    'missing permission to reach [::1], read "a", read "b", write ".": ' +
      "run Deno with --allow-net --allow-read --allow-write",
  );
  refuseWithout([]);
});

Deno.test({
  name: "missing names what Deno does not grant, each once",
  permissions: "none",
  fn: async () => {
    const needs = [net("h"), net("h"), read("a"), net()];
    assertEquals((await missing(needs)).map((need) => need.deed), [
      "reach h",
      'read "a"',
      "use the network",
    ]);
  },
});
