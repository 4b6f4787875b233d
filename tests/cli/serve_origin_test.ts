import { assertEquals, assertThrows } from "@std/assert";
import type { ServeCommand } from "../../src/cli/args/command.ts";
import { parseCommand } from "../../src/cli/args/parse.ts";
import { originNeeds, planOrigin } from "../../src/cli/commands/serve_origin.ts";
import { UsageError } from "../../src/cli/args/usage_error.ts";

function serveCommand(line: string): ServeCommand {
  const command = parseCommand(["serve", ...line.split(" ")]);
  if (command.kind !== "serve") throw new Error("no server");
  return command;
}

function needs(line: string): string[] {
  const { origin } = serveCommand(line).settings;
  return originNeeds(origin!).map(({ permission }) => Object.values(permission).join(" "));
}

Deno.test("originNeeds names the hosts, and the files that are read and written", () => {
  assertEquals(needs("https://boot.example/x"), ["net boot.example:443"]);
  assertEquals(needs("http://[::1]:8080/ --origin-redirect cdn.example --origin-ca ca.pem"), [
    "net [::1]:8080",
    "net cdn.example",
    "read ca.pem",
  ]);
  assertEquals(needs("--cache /c https://boot.example"), [
    "net boot.example:443",
    "read /c",
    "write /c",
  ]);
});

Deno.test("originNeeds wants the environment for keys that no file holds", () => {
  const host = "net boot.s3.us-east-1.amazonaws.com:443";
  assertEquals(needs("s3://boot/x --s3-credentials keys"), [host, "read keys"]);
  assertEquals(needs("s3://boot/x"), [
    host,
    "env AWS_ACCESS_KEY_ID",
    "env AWS_SECRET_ACCESS_KEY",
    "env AWS_SESSION_TOKEN",
  ]);
});

Deno.test("toServe() takes an origin alone, or beside a folder", () => {
  const place = (line: string) => {
    const { root, origin } = serveCommand(line).settings;
    return [root, origin?.url, origin?.first];
  };
  assertEquals(place("https://h/x"), [undefined, "https://h/x", true]);
  assertEquals(place("S3://boot --s3-credentials k"), [undefined, "S3://boot", true]);
  assertEquals(place("--origin https://h/x /srv"), ["/srv", "https://h/x", false]);
  assertEquals(place("--origin https://h/x --origin-first -d /srv"), ["/srv", "https://h/x", true]);
  assertEquals(place("-d /srv https://h/x"), ["/srv", "https://h/x", false]);
  assertEquals(place("/srv"), ["/srv", undefined, undefined]);
});

Deno.test("toServe() refuses flags that need an origin, or a folder", () => {
  const lines = {
    "--cache x .": /--cache needs --origin/,
    "--cache-stale https://h/": /--cache-stale needs --cache/,
    "--origin-first .": /--origin-first needs --origin/,
    "--origin https://a/ https://b/": /two origins/,
    "--ignore-case https://h/": /--ignore-case needs a folder/,
    "--uploads version https://h/": /--uploads version needs a folder/,
    "--origin-redirect http://x/ https://h/": /needs a host such as/,
  };
  for (const [line, expected] of Object.entries(lines)) {
    const error = assertThrows(() => serveCommand(line), UsageError);
    assertEquals(expected.test(error.message), true, `${line}: ${error.message}`);
  }
});

Deno.test("planOrigin shows no password, and tells what is no origin", () => {
  const { shown } = planOrigin(serveCommand("https://me:hush@h/x?sig=hush").settings.origin!);
  assertEquals(shown, "https://h/x/");
  const { origin } = serveCommand("https://h/#x").settings;
  assertThrows(() => planOrigin(origin!), UsageError, "--origin: an origin's URL has no part");
});
