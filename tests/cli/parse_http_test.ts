import { assertEquals } from "@std/assert";
import type { ServeCommand, StatusCommand } from "../../src/cli/args/command.ts";
import { neededPermissions } from "../../src/cli/permissions/needed_permissions.ts";
import { parse, refuses } from "../helpers/process/parsed.ts";

function httpOf(line: string) {
  return (parse(line) as ServeCommand).settings.http;
}

function urlOf(line: string): string {
  return (parse(line) as StatusCommand).url;
}

Deno.test("parseCommand reads where a server may be looked at, loopback by default", () => {
  const plain = { names: [], tokenFile: undefined };
  assertEquals(httpOf("serve"), undefined);
  assertEquals(httpOf("serve --http 8069"), { hostname: "127.0.0.1", port: 8069, ...plain });
  assertEquals(httpOf("serve --http localhost:1"), { hostname: "127.0.0.1", port: 1, ...plain });
  assertEquals(httpOf("serve --http [::]:0"), { hostname: "::", port: 0, ...plain });
  assertEquals(
    httpOf("serve --http 192.0.2.1:80 --http-host a --http-host b.c --http-token-file t"),
    { hostname: "192.0.2.1", port: 80, names: ["a", "b.c"], tokenFile: "t" },
  );
  refuses({
    "serve --http": "--http needs [ADDRESS:]PORT after it",
    "serve --http 70000": "--http needs a port, or an address and a port such as",
    "serve --http boot.lab:80": 'such as 192.0.2.1:8069, not "boot.lab:80"',
    "serve --http ::1:80": 'not "::1:80"',
    "serve --http-host a": "--http-host goes with --http only",
    "serve --http-token-file a": "--http-token-file goes with --http only",
    "serve --http 1 --http-host a:1": '--http-host takes a name without a port: "a:1"',
  });
});

Deno.test("parseCommand reads whose status is wanted", () => {
  assertEquals(parse("status"), {
    kind: "status",
    url: "http://127.0.0.1:8069/",
    tokenFile: undefined,
    once: false,
    json: false,
  });
  assertEquals(urlOf("status 9000"), "http://127.0.0.1:9000/");
  assertEquals(urlOf("status 192.0.2.1:8069"), "http://192.0.2.1:8069/");
  assertEquals(urlOf("status [::1]:8069"), "http://[::1]:8069/");
  assertEquals(urlOf("status https://h/tftp"), "https://h/tftp");
  const all = parse("status --once --json --token-file t h") as StatusCommand;
  assertEquals([all.once, all.json, all.tokenFile, all.url], [true, true, "t", "http://h/"]);
  refuses({
    "status a b": '"b" is one argument too many after URL',
    "status ftp://a": '"ftp://a" is no address such as http://192.0.2.1:8069',
    "status --http 1": "--http belongs to serve, not to status",
  });
});

Deno.test("neededPermissions gives a status the network, and its token's file", () => {
  assertEquals(neededPermissions(parse("status")), ["net"]);
  assertEquals(neededPermissions(parse("status --token-file t")), ["net", "read"]);
});
