/** A gateway in front of nginx: what comes, what is refused, and what the log says of it. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { put, type Source } from "../../../src/mod.ts";
import { makeCertificate } from "../../helpers/net/certificate.ts";
import { runCli } from "../../helpers/process/cli.ts";
import { Gateway } from "../../helpers/net/gateway.ts";
import { Nginx, nginxTest, tlsTest } from "../../helpers/net/nginx.ts";
import { MemorySource } from "../../helpers/sim/memory_network.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { testNetwork } from "../../helpers/net/test_network.ts";

const STATUSES = `
  location /denied { return 403; }
  location /login { return 401; }
  location /gone { return 410; }
  location /broken { return 500; }
  location /busy { return 503; }
  location /full { return 507; }
  location /empty { return 204; }
`;

nginxTest("a gateway fetches nginx's files, of any size, with their size", async () => {
  await using nginx = await Nginx.start(() => "");
  await using gateway = await Gateway.start(nginx.url);
  for (const size of [0, 1, 511, 512, 513, 100_000, 3_000_000]) {
    const content = pattern(size);
    nginx.write(`boot/${size}.bin`, content);
    const options = { blksize: 1428, windowsize: 1, tsize: 0 };
    assertEquals(await gateway.fetch(`/boot\\${size}.bin`, options), content, `${size} bytes`);
  }
  nginx.write("a b/%41+ü?.txt", "odd\n");
  assertEquals(await gateway.fetch("a b/%41+ü?.txt"), new TextEncoder().encode("odd\n"));
  assertMatch(await gateway.answer("boot/../../etc/passwd"), /^ERROR 2/);
  assertMatch(await gateway.answer("boot/%2e%2e/%2e%2e/etc/passwd"), /^ERROR 2/);
  const asked = nginx.requests();
  assert(asked.includes("GET /boot/513.bin 200"), asked.join("\n"));
  assertEquals(asked.filter((line) => line.includes("passwd")), []);
});

nginxTest("a gateway translates lines in mode netascii", async () => {
  await using nginx = await Nginx.start(() => "");
  nginx.write("lines.txt", "a\nb\n");
  await using gateway = await Gateway.start(nginx.url);
  const lines = await gateway.fetch("lines.txt", { mode: "netascii" });
  assertEquals(new TextDecoder().decode(lines), "a\r\nb\r\n");
});

nginxTest("a gateway tells in TFTP's words what nginx refuses", async () => {
  await using nginx = await Nginx.start(() => STATUSES);
  await using gateway = await Gateway.start(nginx.url);
  await gateway.refuses("missing", '1 "File not found"', /refused: File not found \(error 1\)/);
  await gateway.refuses("gone", '1 "File not found"', /\(error 1\)/);
  await gateway.refuses("denied", '2 "The origin does not allow it"', /\/denied: HTTP 403\]/);
  await gateway.refuses("login", '2 "The origin does not allow it"', /\/login: HTTP 401\]/);
  await gateway.refuses("full", '3 "The origin has no room for it"', /\/full: HTTP 507\]/);
  await gateway.refuses("broken", '0 "The origin has failed"', /\/broken: HTTP 500\]/);
  await gateway.refuses("busy", '0 "The origin is busy, try again"', /\/busy: HTTP 503\]/);
  await gateway.refuses("empty", '0 "The origin did not return a file"', /\/empty: HTTP 204\]/);
});

nginxTest("a gateway follows redirects within bounds only", async () => {
  await using elsewhere = await Nginx.start(() => "");
  elsewhere.write("there.bin", pattern(2000));
  const target = `http://127.0.0.1:${elsewhere.port}/there.bin`;
  await using nginx = await Nginx.start(() => `
    absolute_redirect off;
    location /old { return 301 /new.bin; }
    location /out { return 302 ${target}; }
    location /round { return 302 /round; }
    location /disk { return 302 file:///etc/passwd; }
  `);
  nginx.write("new.bin", pattern(1000));
  await using strict = await Gateway.start(nginx.url);
  assertEquals(await strict.fetch("old"), pattern(1000));
  const away = '0 "The origin redirects to a host that is not allowed"';
  await strict.refuses("out", away, new RegExp(`redirects to http://127.0.0.1:${elsewhere.port}`));
  await strict.refuses("disk", away, /neither http nor https/);
  await strict.refuses("round", '0 "The origin redirects too often"', /more than 5 redirects/);
  assertEquals(elsewhere.requests().filter((line) => line.startsWith("GET /there")), []);
  const host = `127.0.0.1:${elsewhere.port}`;
  await using open = await Gateway.start(nginx.url, "--origin-redirect", host);
  assertEquals(await open.fetch("out"), pattern(2000));
});

nginxTest("a gateway gets the file itself where nginx compresses", async () => {
  await using nginx = await Nginx.start(() => "gzip on; gzip_types *; gzip_min_length 1;");
  const text = "the same line again and again\n".repeat(2000);
  nginx.write("page.txt", text);
  await using gateway = await Gateway.start(nginx.url);
  assertEquals(new TextDecoder().decode(await gateway.fetch("page.txt", { tsize: 0 })), text);
});

nginxTest("a gateway passes on what a slow nginx sends, as it comes", async () => {
  await using nginx = await Nginx.start(() => "location /slow.bin { limit_rate 256k; }");
  nginx.write("slow.bin", pattern(400_000));
  await using gateway = await Gateway.start(nginx.url, "--origin-timeout", "5");
  assertEquals(await gateway.fetch("slow.bin", { blksize: 8192 }), pattern(400_000));
});

tlsTest("a gateway takes files from nginx by TLS that it trusts, and from no other", async () => {
  using folder = new TempFolder();
  const good = await makeCertificate(folder, "127.0.0.1");
  await using nginx = await Nginx.start(() => "", good);
  nginx.write("a.bin", pattern(600));
  const { url } = nginx;
  await using strange = await Gateway.start(url);
  const untrusted = '0 "The origin\'s certificate is not trusted"';
  await strange.refuses("a.bin", untrusted, /a\.bin: .*certificate/i);
  await using trusting = await Gateway.start(url, "--origin-ca", good.ca);
  assertEquals(await trusting.fetch("a.bin"), pattern(600));
  using other = new TempFolder();
  const wrong = await makeCertificate(other, "boot.example");
  await using misnamed = await Nginx.start(() => "", wrong);
  await using gateway = await Gateway.start(
    ...[misnamed.url, "--origin-ca", wrong.ca],
  );
  await gateway.refuses("a.bin", untrusted, /a\.bin: .*(NotValidForName|name)/i);
  await using plain = await Gateway.start(url.replace("https:", "http:"));
  await plain.refuses("a.bin", '0 "The origin did not return a file"', /HTTP 400/);
});

nginxTest("a gateway looks in the folder first, or in the origin", async () => {
  await using nginx = await Nginx.start(() => STATUSES);
  nginx.write("both.txt", "origin");
  nginx.write("far.txt", "far");
  using folder = new TempFolder();
  folder.write("both.txt", "folder");
  folder.write("near.txt", "near");
  folder.write("denied", "from the folder");
  const text = async (gateway: Gateway, name: string) =>
    new TextDecoder().decode(await gateway.fetch(name));
  await using usual = await Gateway.start("--origin", nginx.url, folder.path);
  const names = ["both.txt", "far.txt", "near.txt"];
  const heard = async (gateway: Gateway) => {
    const all: string[] = [];
    for (const name of names) all.push(await text(gateway, name));
    return all;
  };
  assertEquals(await heard(usual), ["folder", "far", "near"]);
  assertMatch(await usual.answer("nowhere"), /^ERROR 1/);
  await using swapped = await Gateway.start("--origin", nginx.url, "--origin-first", folder.path);
  assertEquals(await heard(swapped), ["origin", "far", "near"]);
  // Only what is not there is looked for elsewhere.
  assertMatch(await swapped.answer("denied"), /^ERROR 2/);
});

const DAV = `
  location /up/ { dav_methods PUT; create_full_put_path on; client_max_body_size 1m; }
  location /denied/ { return 403; }
  location /full/ { return 507; }
`;

function sender(gateway: Gateway) {
  return (name: string, content: Uint8Array, { announced = true } = {}) =>
    put(name, announced ? new MemorySource(content) : unannounced(content), {
      ...{ host: "127.0.0.1", port: gateway.port, network: testNetwork() },
    });
}

/** Of a size that is known in the end only. */
function unannounced(content: Uint8Array): Source {
  const source = new MemorySource(content);
  return { size: undefined, read: (into) => source.read(into), close: () => source.close() };
}

async function refusal(sending: Promise<unknown>): Promise<string> {
  try {
    await sending;
  } catch (error) {
    return `${(error as { code?: number }).code} ${(error as Error).message}`;
  }
  return "it was taken";
}

nginxTest("a gateway puts files into nginx", async () => {
  await using nginx = await Nginx.start(() => DAV);
  await using gateway = await Gateway.start(nginx.url, "--uploads", "overwrite");
  const send = sender(gateway);
  for (const size of [0, 1, 100_000]) {
    await send(`up/a/${size}.cfg`, pattern(size));
    assertEquals(nginx.bytes(`up/a/${size}.cfg`), pattern(size), `${size} bytes`);
  }
  await send("up/unannounced.cfg", pattern(70_000), { announced: false });
  assertEquals(nginx.bytes("up/unannounced.cfg"), pattern(70_000));
  await send("up/a/1.cfg", pattern(77));
  assertEquals(nginx.bytes("up/a/1.cfg"), pattern(77));
  const refused = await refusal(send("denied/x", pattern(10)));
  assertEquals(refused, "2 The origin does not allow it");
  assertMatch(await gateway.logged(/put "denied\/x"/), /PUT http:.*\/denied\/x: HTTP 403/);
  assertEquals(await refusal(send("full/x", pattern(10))), "3 The origin has no room for it");
  const large = await refusal(send("up/large", pattern(1_500_000)));
  assertEquals(large, "3 The origin has no room for it");
  assertEquals(nginx.names("up"), ["a", "unannounced.cfg"]);
});

tlsTest("a gateway puts files into nginx by TLS that it trusts, and by no other", async () => {
  using folder = new TempFolder();
  const good = await makeCertificate(folder, "127.0.0.1");
  await using nginx = await Nginx.start(() => DAV, good);
  const words = [nginx.url, "--uploads", "overwrite"];
  await using trusting = await Gateway.start(...words, "--origin-ca", good.ca);
  for (const announced of [true, false]) {
    const name = `up/${announced}.cfg`;
    await sender(trusting)(name, pattern(900_000), { announced });
    assertEquals(nginx.bytes(name), pattern(900_000), name);
  }
  await using strange = await Gateway.start(...words);
  const refused = await refusal(sender(strange)("up/no.cfg", pattern(600)));
  assertEquals(refused, "0 The origin's certificate is not trusted");
  assertEquals(nginx.names("up"), ["false.cfg", "true.cfg"]);
});

nginxTest("a gateway replaces nothing in nginx where only new files are taken", async () => {
  await using nginx = await Nginx.start(() => DAV);
  nginx.write("up/old.cfg", "old");
  await using gateway = await Gateway.start(nginx.url, "--uploads", "new");
  const send = sender(gateway);
  assertEquals(await refusal(send("up/old.cfg", pattern(10))), "6 File already exists");
  await send("up/new.cfg", pattern(10));
  assertEquals(nginx.bytes("up/new.cfg"), pattern(10));
  assertEquals(new TextDecoder().decode(nginx.bytes("up/old.cfg")), "old");
  await using closed = await Gateway.start(nginx.url);
  assertEquals(await closed.answer("up/x", "put"), 'ERROR 2 "Uploads are switched off"');
});

Deno.test("tftp serve refuses what an origin can't do", async () => {
  const refused = async (...args: string[]) => {
    const { code, stderr } = await runCli(["serve", "-p", "0", ...args]);
    return [code, stderr.split("\n")[0]];
  };
  const url = "http://127.0.0.1:9/";
  const folder = "needs a folder";
  assertEquals(await refused(url, "--uploads", "version"), [
    2,
    `tftp: --uploads version ${folder}: an origin keeps no old files`,
  ]);
  assertEquals(await refused(url, "--upload-quota", "1M"), [
    2,
    `tftp: --upload-quota ${folder} beside the origin`,
  ]);
  assertEquals(await refused("--cache", "x", "."), [2, "tftp: --cache needs --origin"]);
  assertEquals(await refused("https:///x#y"), [
    2,
    "tftp: --origin: an origin's URL has no part behind #",
  ]);
});
