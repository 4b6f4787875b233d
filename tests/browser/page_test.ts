/**
 * The page of `tftp serve --http` in a real browser. With `TFTP_SCREENSHOTS=FOLDER` it writes
 * pictures there, `monitoring.png` among them, which is the one in the documentation.
 */

import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { get } from "../../src/client/client.ts";
import { Browser, findChromium } from "../helpers/process/chromium.ts";
import { leaveOut, missingAmong } from "../helpers/process/missing.ts";
import { findPackage } from "../helpers/process/peers.ts";
import { error, RawClient, rrq } from "../helpers/net/raw_client.ts";
import { pattern, TempFolder } from "../helpers/files/temp_folder.ts";
import { startWatched, type WatchedServer } from "../helpers/net/watched_server.ts";

const chromium = findChromium();
const axe = findPackage("axe-core");
const isLeftOut = leaveOut(
  "the page in a browser",
  missingAmong([
    { name: "chromium", find: () => chromium },
    { name: "axe-core", find: () => axe },
  ]),
);
const ignore = isLeftOut("chromium") || isLeftOut("axe-core");

const HOSTILE = "<img src=x onerror=\"document.title='owned'\">\u202egpj.\x1b[2J";
const CLIENTS = 24;
/** The folder for pictures, where these are wanted. */
const PICTURES = Deno.env.get("TFTP_SCREENSHOTS");

/** A folder to boot from, and a server that is slow enough to be watched. */
async function bootServer(
  folder: TempFolder,
  { http = "0", more = [] }: { http?: string; more?: string[] } = {},
): Promise<WatchedServer> {
  folder.write("root/boot/vmlinuz", pattern(1_500_000));
  folder.write("root/boot/initrd.img", pattern(1_200_000));
  folder.write("root/pxelinux.0", pattern(42_000));
  return await startWatched(["--rate", "9M", ...more, folder.at("root")], http);
}

/** Machines that boot at once, each from an address of its own. */
async function bootStorm({ host, port }: WatchedServer, clients = CLIENTS): Promise<void> {
  const one = async (at: number) => {
    const sink = { write() {}, commit() {}, abandon() {} };
    for (const file of ["pxelinux.0", at % 2 ? "boot/vmlinuz" : "boot/initrd.img"]) {
      const options = { host, port, from: `127.0.9.${at + 1}`, windowsize: 8 };
      const { dallied } = await get(file, sink, options);
      await dallied;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, at) => one(at)));
}

/** Asks for something, and gives up. */
async function ask(server: WatchedServer, name: string, hostname: string): Promise<void> {
  await using client = new RawClient(hostname);
  const { host, port } = server;
  await client.send(rrq(name), { hostname: host, port });
  const { packet, from } = await client.next();
  if (packet?.opcode === 3) await client.send(error(0, "enough seen"), from);
}

/** Serious findings of axe-core. */
async function findings(browser: Browser): Promise<string[]> {
  await browser.evaluate(await Deno.readTextFile(join(axe!.path, "axe.min.js")) + ";0");
  return await browser.evaluate<string[]>(`axe.run().then(({ violations }) => violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")))`);
}

/** Writes a picture where pictures are wanted. */
async function picture(browser: Browser, name: string, height?: number): Promise<void> {
  const png = await browser.picture(height);
  assertEquals([...png.subarray(1, 4)], [0x50, 0x4e, 0x47], "a PNG");
  if (PICTURES) await Deno.writeFile(join(PICTURES, name), png);
}

/** What a picture should have to show before it is taken. */
async function eventfulMinutes(server: WatchedServer): Promise<void> {
  for (const pauseMs of [9_000, 25_000, 14_000, 31_000, 6_000]) {
    await bootStorm(server, 2 + pauseMs / 3000);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

Deno.test({
  name: "the page shows a boot storm rise and fall, a miss with its hint, and names as text",
  ignore,
  fn: async () => {
    using folder = new TempFolder();
    const server = await bootServer(folder, { more: PICTURES ? ["--fault", "loss=1%"] : [] });
    await using browser = await Browser.open(chromium!.path);
    await browser.look(1240, 900, "light");
    if (PICTURES) await eventfulMinutes(server);
    await browser.go(server.url);
    await browser.waitFor("document.querySelector('#connection').dataset.state === 'live'");
    if (!PICTURES) {
      await browser.waitFor("document.querySelector('#now-transfers').innerText === '0'");
    }
    const storm = bootStorm(server);
    await browser.waitFor("Number(document.querySelector('#now-transfers').innerText) >= 20");
    await browser.waitFor("document.querySelectorAll('#running tbody tr').length >= 20");
    await browser.waitFor("document.querySelector('#running progress').value > 0");
    await ask(server, "pxelinux.O", "127.0.9.200");
    await ask(server, HOSTILE, "127.0.9.201");
    await browser.waitFor("document.querySelector('#ended').innerText.includes('Did you mean')");
    const miss = await browser.text("#ended tbody");
    assert(/pxelinux\.O\s+refused\s+File not found\s+Did you mean pxelinux\.0\?/.test(miss), miss);
    assert(miss.includes("<img src=x onerror="), "the name as text");
    assert(miss.includes("\\u{202e}gpj.\\x1b[2J"), "what turns or moves, written out");
    await browser.waitFor("document.querySelector('#chart canvas')");
    await picture(browser, "monitoring.png", 900);
    await browser.look(1240, 900, "dark");
    await picture(browser, "dark.png", 900);
    await storm;
    // What was lost for a picture may be repeated for a while to clients that have gone.
    if (PICTURES) return void await server.stop();
    await browser.waitFor("document.querySelector('#now-transfers').innerText === '0'");
    await browser.waitFor(
      `document.querySelector('#total-done').innerText === '${2 * CLIENTS}'`,
    );
    assertEquals(await browser.evaluate("document.title + document.images.length"), "tftp0");
    assertEquals(await browser.evaluate("document.querySelector('#running').hidden"), true);
    assertEquals(browser.complaints, []);
    assertEquals(
      browser.requested.filter((url) => !url.startsWith(server.url) && !url.startsWith("data:")),
      [],
    );
    await server.stop();
  },
});

Deno.test({
  name: "the page has no serious fault for who can't see or use a mouse, on desk and phone",
  ignore,
  fn: async () => {
    using folder = new TempFolder();
    const server = await bootServer(folder);
    await using browser = await Browser.open(chromium!.path);
    await browser.look(1240, 900, "light");
    await browser.go(server.url);
    await ask(server, "pxelinux.O", "127.0.9.200");
    await ask(server, HOSTILE, "127.0.9.201");
    await ask(server, "pxelinux.0", "127.0.9.202");
    await using slow = new RawClient("127.0.9.203");
    const door = { hostname: server.host, port: server.port };
    await slow.send(rrq("boot/vmlinuz", { tsize: 0 }), door);
    await browser.waitFor("document.querySelectorAll('#ended tbody tr').length === 3");
    await browser.waitFor("document.querySelectorAll('#running tbody tr').length === 1");
    for (const [width, scheme] of [[1240, "light"], [1240, "dark"], [390, "light"]] as const) {
      await browser.look(width, 900, scheme);
      assertEquals(await findings(browser), [], `${width} ${scheme}`);
      const wide = "document.documentElement.scrollWidth - innerWidth";
      assert(await browser.evaluate<number>(wide) <= 0, `the page is wider than ${width}`);
      await picture(browser, `${width}-${scheme}.png`, width === 390 ? 1900 : 1100);
    }
    // By keys alone: to the filter, which shows one client, and to a client, which clears it again.
    await browser.press("Tab");
    assertEquals(await browser.evaluate("document.activeElement.id"), "filter");
    await browser.type("PXELINUX");
    await browser.waitFor("document.querySelectorAll('#ended tbody tr').length === 2");
    await browser.press("Tab");
    await browser.press("Enter");
    const chosen = await browser.evaluate<string>("document.querySelector('#filter').value");
    assert(/^127\.0\.9\.\d+$/.test(chosen), chosen);
    await browser.waitFor("document.querySelectorAll('#clients tbody tr').length === 1");
    assertEquals(browser.complaints, []);
    await slow.next();
    await server.stop();
  },
});

Deno.test({
  name: "the page says when its server is gone, and comes back with it",
  ignore,
  fn: async () => {
    using folder = new TempFolder();
    const first = await bootServer(folder);
    await using browser = await Browser.open(chromium!.path);
    await browser.go(first.url);
    await ask(first, "missing", "127.0.9.200");
    await browser.waitFor("document.querySelector('#total-failed').innerText === '1'");
    await first.stop();
    await browser.waitFor("document.querySelector('#connection').innerText.includes('lost')");
    assertEquals(await browser.text("#total-failed"), "1", "what was known stays");
    const second = await bootServer(folder, { http: new URL(first.url).port });
    await browser.waitFor("document.querySelector('#connection').dataset.state === 'live'");
    await browser.waitFor("document.querySelector('#total-failed').innerText === '0'");
    await ask(second, "missing", "127.0.9.200");
    await browser.waitFor("document.querySelector('#total-failed').innerText === '1'");
    assertEquals(browser.complaints, []);
    await second.stop();
  },
});

Deno.test({
  name: "the page asks for the token, and for another when it is the wrong one",
  ignore,
  fn: async () => {
    using folder = new TempFolder();
    folder.makeFolder("root");
    const token = "0123456789abcdef";
    const file = folder.write("token", token);
    const server = await startWatched(["--http-token-file", file, folder.at("root")]);
    await using browser = await Browser.open(chromium!.path);
    await browser.go(server.url);
    for (const [tried, expected] of [["wrong", "Wrong token"], [token, ""]] as const) {
      await browser.waitFor("document.activeElement.id === 'token'");
      await browser.type(tried);
      await browser.press("Enter");
      if (expected === "") break;
      await browser.waitFor(
        `document.querySelector('#token-complaint').innerText.includes('${expected}')`,
      );
    }
    await browser.waitFor("document.querySelector('#connection').dataset.state === 'live'");
    assertEquals(await browser.evaluate("document.querySelector('#token-form').hidden"), true);
    assertEquals(await browser.evaluate("location.search + location.hash"), "");
    await server.stop();
  },
});
