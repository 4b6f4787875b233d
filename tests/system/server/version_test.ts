/** `--uploads version`: every upload that was acknowledged is a file, whatever comes between. */

import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { ServedRoot } from "../../../src/files/served_root.ts";
import { importMapArgs } from "../../helpers/process/cli.ts";
import { data, RawClient, type Target, wrq } from "../../helpers/net/raw_client.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";
import { WorkersFolder } from "../../helpers/files/workers_folder.ts";

const RIVAL = fromFileUrl(new URL("../../helpers/files/rival_uploads.ts", import.meta.url));

/** The contents of `name` and of all that were kept of it, and nothing else may be there. */
function contents(folder: TempFolder): string[] {
  const names = folder.names();
  for (const name of names) assert(/^name(\.\d+)?$/.test(name), `${name} was left`);
  return names.map((name) => folder.text(name)).sort();
}

/** Uploads one name from many clients, all of which send their last block together. */
async function uploadTogether(count: number, to: Target): Promise<string[]> {
  const clients = Array.from(
    { length: count },
    (_, index) => new RawClient(`127.0.6.${index + 1}`),
  );
  const contents = clients.map((_, index) => `content ${index}`);
  try {
    const tids = await Promise.all(clients.map((client) => client.ask(wrq("name"), to, "ACK 0")));
    await Promise.all(
      clients.map((client, index) => client.ask(data(1, contents[index]!), tids[index]!, "ACK 1")),
    );
    return contents;
  } finally {
    for (const client of clients) await client[Symbol.asyncDispose]();
  }
}

for (const count of [2, 10, 50]) {
  Deno.test(`serve() keeps all versions of ${count} uploads that end together`, async () => {
    await using served = new ServedFolder({ uploads: "version" });
    served.folder.write("name", "the first");
    const uploaded = await uploadTogether(count, served.server.addresses[0]!);
    assertEquals(contents(served.folder), [...uploaded, "the first"].sort());
    assertEquals(served.errors, []);
  });
}

Deno.test("two workers keep all of 50 uploads of one name that end together", async () => {
  await using served = await WorkersFolder.open({ uploads: "version" });
  served.folder.write("name", "the first");
  const uploaded = await uploadTogether(50, served.door);
  assertEquals(contents(served.folder), [...uploaded, "the first"].sort());
});

const ALLOWED = ["--allow-read", "--allow-write"];

/** Takes uploads in a process of its own; @returns what it has acknowledged. */
function rival(folder: string, args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", ...importMapArgs(), ...ALLOWED, RIVAL, folder, ...args],
    stdout: "piped",
  }).spawn();
}

/** Everything that it acknowledges; after so many it is killed, in the middle of another one. */
async function acknowledged(child: Deno.ChildProcess, killAfter = Infinity): Promise<string[]> {
  let printed = "";
  // What a killed process was printing is no acknowledgement.
  const lines = () => printed.split("\n").slice(0, -1);
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    printed += text;
    if (lines().length < killAfter) continue;
    killAfter = Infinity;
    child.kill("SIGKILL");
  }
  await child.status;
  return lines();
}

Deno.test("two servers on one folder keep all uploads of one name", async () => {
  using folder = new TempFolder();
  const prefixes = ["a", "b", "c"];
  const children = prefixes.map((prefix) => rival(folder.path, [prefix, "20", "5"]));
  const told = (await Promise.all(children.map((child) => acknowledged(child)))).flat();
  assertEquals(told.length, 300);
  assertEquals(contents(folder), told.sort());
});

Deno.test("a server killed again and again keeps what it has acknowledged", async () => {
  using folder = new TempFolder();
  folder.write("name", "the first");
  const told = ["the first"];
  for (let kill = 0; kill < 25; kill++) {
    const child = rival(folder.path, [`k${kill}`, "3", "100000"]);
    told.push(...await acknowledged(child, 4 + Math.floor(Math.random() * 12)));
    assert(folder.names().includes("name"), `the name is gone after kill ${kill}`);
  }
  assert(told.length > 100, `${told.length} uploads prove nothing`);
  const kept = new Set(
    folder.names().filter((name) => name.startsWith("name")).map((name) => folder.text(name)),
  );
  assertEquals(told.filter((content) => !kept.has(content)), []);
  // Written and not acknowledged: at most those that each kill has met.
  const inodes = folder.names().filter((name) => name.startsWith("name"))
    .map((name) => Deno.lstatSync(folder.at(name)).ino);
  assert(inodes.length - new Set(inodes).size <= 1, "an old version is there twice");
});

Deno.test("the lock of a killed server stops no other", async () => {
  using folder = new TempFolder();
  folder.write(".tftp-version.lock", "");
  folder.write("name", "old");
  const sink = new ServedRoot(folder.path).openForWriting("name", { existing: "keep" });
  sink.write(new TextEncoder().encode("new"));
  await sink.commit();
  assertEquals(contents(folder), ["new", "old"]);
});

Deno.test("uploads of a new name are one, also where there are no hard links", async () => {
  using folder = new TempFolder();
  const root = new ServedRoot(folder.path);
  const { linkSync } = Deno;
  Object.assign(Deno, {
    linkSync: () => {
      throw new Deno.errors.PermissionDenied("no hard links here");
    },
  });
  try {
    const sinks = ["a", "b", "c"].map((content) => {
      const sink = root.openForWriting("name", { existing: "refuse" });
      sink.write(new TextEncoder().encode(content));
      return sink;
    });
    const ends = await Promise.allSettled(sinks.map((sink) => sink.commit()));
    for (const sink of sinks) sink.abandon();
    assertEquals(ends.filter(({ status }) => status === "fulfilled").length, 1);
    assertEquals(folder.names(), ["name"]);
    for (const content of ["x", "y"]) {
      const sink = root.openForWriting("name", { existing: "keep" });
      sink.write(new TextEncoder().encode(content));
      await sink.commit();
    }
    assertEquals(contents(folder).length, 3);
  } finally {
    Object.assign(Deno, { linkSync });
  }
});
