import { assertEquals, assertThrows } from "@std/assert";
import {
  bind,
  missing,
  net,
  PermissionError,
  reach,
  read,
  refuseWithout,
  write,
} from "../../src/cli/permissions/permission.ts";

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

Deno.test("refuseWithout names no flag to the user of a compiled program", () => {
  assertThrows(
    () => refuseWithout([bind("0.0.0.0", 70), bind("::", 0)], true),
    PermissionError,
    "this binary was built without permission to listen on 0.0.0.0:70, open sockets on [::]: " +
      '"tftp --permissions" shows its permissions',
  );
});

Deno.test("reach counts the socket that a client needs of its own", () => {
  const hosts = (host: string) => reach(host).map(({ permission }) => permission);
  assertEquals(hosts("192.0.2.1"), [
    { name: "net", host: "192.0.2.1" },
    { name: "net", host: "0.0.0.0:0" },
  ]);
  assertEquals(hosts("::1"), [
    { name: "net", host: "[::1]" },
    { name: "net", host: "[::]:0" },
  ]);
  assertEquals(hosts("server"), [{ name: "net", host: "server" }]);
});

Deno.test({
  name: "missing names what Deno does not grant, each once",
  permissions: "none",
  fn: async () => {
    const needs = [net("h"), net("h"), read("a"), net()];
    assertEquals((await missing(needs)).map((need) => need.operation), [
      "reach h",
      'read "a"',
      "use the network",
    ]);
  },
});
