import { assertEquals, assertThrows } from "@std/assert";
import { bakedArgument, type Build, takeBuild } from "../../src/cli/args/build.ts";
import type { ServeCommand } from "../../src/cli/args/command.ts";
import { parseCommand } from "../../src/cli/args/parse.ts";
import { UsageError } from "../../src/cli/args/usage_error.ts";

const LAB: Build = {
  kind: "server",
  grants: { net: ["0.0.0.0:69"], read: ["/srv/a b"], write: [] },
  serve: { dir: ["/srv/a b"], address: ["0.0.0.0"], port: ["69"], uploads: ["off"] },
};

Deno.test("takeBuild parts what was built in from what the user typed", () => {
  assertEquals(takeBuild([bakedArgument(LAB), "serve", "-q"], true), {
    build: LAB,
    args: ["serve", "-q"],
  });
  assertEquals(takeBuild(["serve"], true), { build: undefined, args: ["serve"] });
  assertEquals(takeBuild([], true), { build: undefined, args: [] });
});

Deno.test("takeBuild believes no user: what comes later, or uncompiled, is a word", () => {
  const words = ["get", bakedArgument(LAB)];
  assertEquals(takeBuild(words, true).args, words);
  const first = [bakedArgument(LAB), "serve"];
  assertEquals(takeBuild(first, false), { build: undefined, args: first });
  assertThrows(() => parseCommand(first), UsageError, "unknown flag --baked-in");
});

Deno.test("parseCommand serves what is preset, and what the user says instead", () => {
  const asked = (...args: string[]) => {
    const { settings } = parseCommand(["serve", ...args], LAB.serve) as ServeCommand;
    return { ...settings, uploads: settings.policy.uploads };
  };
  const { root, port, addresses, uploads } = asked();
  assertEquals({ root, port, addresses, uploads }, {
    root: "/srv/a b",
    port: 69,
    addresses: ["0.0.0.0"],
    uploads: "off",
  });
  assertEquals(asked("/other").root, "/other");
  assertEquals(asked("-d", "/other").root, "/other");
  assertEquals(asked("-p", "70", "-a", "127.0.0.1").addresses, ["127.0.0.1"]);
  assertEquals(asked("--uploads", "new").uploads, "new");
});

Deno.test("parseCommand presets nothing for the client", () => {
  const command = parseCommand(["get", "192.0.2.1", "f"], { port: ["6969"] });
  assertEquals(command.kind === "get" && command.files[0]?.port, 69);
});
