/** `NAME.sha256` of an origin's files: computed once for as long as a strong ETag is the same. */

import { assertEquals } from "@std/assert";
import { Gateway } from "../../helpers/net/gateway.ts";
import { Liar, said } from "../../helpers/net/liar.ts";
import { Nginx, nginxTest } from "../../helpers/net/nginx.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

const MISSING = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

async function lineOf(content: string, name: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(content));
  const hex = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0"));
  return `${hex.join("")}  ${name}\n`;
}

async function textOf(gateway: Gateway, name: string): Promise<string> {
  return new TextDecoder().decode(await gateway.fetch(name));
}

Deno.test("serve --checksums reads an origin's file once for each strong ETag", async () => {
  let etag = '"first"';
  let body = "one";
  await using liar = new Liar({
    "/image.sha256": ({ send }) => send(MISSING),
    "/image": async ({ send, gone }) => {
      await send(said(3, `ETag: ${etag}\r\nConnection: close\r\n`) + body);
      if (body === "") await gone;
    },
  });
  await using gateway = await Gateway.start("--checksums", "--origin-timeout", "1", liar.url);
  const first = await lineOf("one", "image");
  assertEquals(await textOf(gateway, "image.sha256"), first);
  // Whoever read it now would wait for bytes that do not come.
  body = "";
  assertEquals(await textOf(gateway, "image.sha256"), first);
  [etag, body] = ['"second"', "two"];
  assertEquals(await textOf(gateway, "image.sha256"), await lineOf("two", "image"));
  // A weak one stays the same while bytes change.
  for (const content of ["six", "ten"]) {
    [etag, body] = ['W/"weak"', content];
    assertEquals(await textOf(gateway, "image.sha256"), await lineOf(content, "image"));
  }
});

nginxTest("serve --checksums tells the SHA-256 of copies in the cache", async () => {
  await using nginx = await Nginx.start(() => "add_header Cache-Control max-age=600;");
  using cache = new TempFolder();
  nginx.write("image", "one");
  await using gateway = await Gateway.start("--checksums", "--cache", cache.path, nginx.url);
  for (let times = 0; times < 3; times++) {
    assertEquals(await textOf(gateway, "image.sha256"), await lineOf("one", "image"));
  }
  assertEquals(nginx.requests().filter((line) => line === "GET /image 200").length, 1);
});
