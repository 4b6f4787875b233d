import { assertEquals } from "@std/assert";
import { Guard } from "../../src/watch/guard.ts";

/** Which of these a guard takes for its own name. */
function taken(guard: Guard, hosts: readonly (string | null)[]): (string | null)[] {
  return hosts.filter((host) => guard.isHere(host));
}

const HOSTS = [
  ...["localhost:8069", "LOCALHOST", "127.0.0.1:8069", "127.1.2.3", "[::1]:8069"],
  ...["192.0.2.1:8069", "192.0.2.2", "[fd00::1]:8069", "boot.lab:8069", "evil.example"],
  ...["127.0.0.1.evil.example", "localhost.evil.example", "", null, "127.0.0.1:8069:1"],
];
const LOOPBACK = ["localhost:8069", "LOCALHOST", "127.0.0.1:8069", "127.1.2.3", "[::1]:8069"];

Deno.test("Guard accepts loopback names, its own addresses, and configured names", () => {
  const local = new Guard({ hostname: "127.0.0.1", names: [] });
  assertEquals(taken(local, HOSTS), LOOPBACK);
  const named = new Guard({ hostname: "192.0.2.1", names: ["Boot.Lab"] });
  assertEquals(taken(named, HOSTS), [...LOOPBACK, "192.0.2.1:8069", "boot.lab:8069"]);
});

Deno.test("Guard on all addresses accepts every address, and only configured names", () => {
  const open = new Guard({ hostname: "::", names: [] });
  assertEquals(taken(open, HOSTS), [
    ...LOOPBACK,
    ...["192.0.2.1:8069", "192.0.2.2", "[fd00::1]:8069"],
  ]);
});

Deno.test("Guard needs its complete token", () => {
  const guard = new Guard({ hostname: "::", names: [], token: "0123456789abcdef" });
  const shown = [
    ...["Bearer 0123456789abcdef", "bearer  0123456789abcdef", "Bearer 0123456789abcdeF"],
    ...["Bearer 0123456789abcdef0", "Bearer 0123456789abcde", "Bearer ", "0123456789abcdef", null],
  ];
  assertEquals(shown.filter((text) => guard.isKnown(text)), shown.slice(0, 2));
  assertEquals(new Guard({ hostname: "::", names: [] }).isKnown(null), true);
});
