/** What becomes of a file that an upload or a download replaces, and of its permissions. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { LocalFileError, openFileSink } from "../../../src/mod.ts";
import {
  cliArgs,
  type Finished,
  run,
  runCli,
  type RunningServer,
  startProgram,
} from "../../helpers/process/cli.ts";
import { isRoot } from "../../helpers/process/peers.ts";
import { data, error, RawClient, wrq } from "../../helpers/net/raw_client.ts";
import { ServedFolder } from "../../helpers/files/served_folder.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";

const REFUSED = 'ERROR 2 "Access violation"';

/** Tests of users need several, and permission to be them. */
const ONE_USER = !isRoot() || Deno.build.os !== "linux";

/** Who owns what the server does not. */
const STRANGER = 4242;

/** What an ordinary user has not: without these, a superuser owns some files and no more. */
const RIGHTS = "-chown,-dac_override,-dac_read_search,-fowner";

/** What makes setpriv(1) run a program without them. */
const DROP_RIGHTS = ["--bounding-set", RIGHTS, "--inh-caps", RIGHTS];

/** The right to look into what belongs to others, and to change none of it. */
const LOOK = "+dac_read_search";

function modeOf(folder: TempFolder, name: string): string {
  return (Deno.statSync(folder.at(name)).mode! & 0o7777).toString(8);
}

/** Sends a small file whole. */
async function upload(port: number, name: string, content: string): Promise<void> {
  await using client = new RawClient();
  const tid = await client.ask(wrq(name), port, "ACK 0");
  await client.ask(data(1, content), tid, "ACK 1");
}

/** A server whose files belong to the user of the tests, and who has no rights over others. */
function startOrdinary(args: readonly string[]): Promise<RunningServer> {
  const serve = ["serve", "-p", "0", "-a", "127.0.0.1", ...args];
  return startProgram("setpriv", { args: [...DROP_RIGHTS, Deno.execPath(), ...cliArgs(serve)] });
}

/** The command line, run to its end by who has no rights over files: root without them, or us. */
function runOrdinary(args: string[]): Promise<Finished> {
  if (!isRoot()) return runCli(args);
  return run("setpriv", { args: [...DROP_RIGHTS, Deno.execPath(), ...cliArgs(args)] });
}

/** A file of the stranger's. */
function strangersFile(folder: TempFolder, name: string, mode: number): string {
  const path = folder.write(name, "old content");
  Deno.chmodSync(path, mode);
  Deno.chownSync(path, STRANGER, STRANGER);
  return path;
}

for (const uploads of ["overwrite", "version"] as const) {
  Deno.test(`serve() with uploads ${uploads} keeps permissions`, async () => {
    await using served = new ServedFolder({ uploads });
    for (const mode of [0o600, 0o640, 0o666, 0o755]) {
      const name = `file-${mode.toString(8)}`;
      await Deno.chmod(served.folder.write(name, "old"), mode);
      await upload(served.port, name, "new");
      assertEquals([served.folder.text(name), modeOf(served.folder, name)], [
        "new",
        mode.toString(8),
      ]);
    }
  });
}

Deno.test({
  name: "serve() that may do so keeps the owner of a replaced file",
  // Deno 2.4 changes the owner of a name only, which may have become another file's.
  ignore: ONE_USER || Deno.version.deno.startsWith("2.4."),
  async fn() {
    await using served = new ServedFolder({ uploads: "overwrite" });
    const path = strangersFile(served.folder, "file", 0o640);
    await upload(served.port, "file", "new");
    const { uid, gid, mode } = Deno.statSync(path);
    assertEquals([uid, gid, mode! & 0o777], [STRANGER, STRANGER, 0o640]);
  },
});

Deno.test("serve() gives a new file the mode of uploadMode, whatever the umask", async () => {
  await using served = new ServedFolder({ uploads: "new", uploadMode: 0o666 });
  await upload(served.port, "new", "content");
  assertEquals(modeOf(served.folder, "new"), "666");
  served.server.reconfigure({ uploads: "overwrite", uploadMode: 0o400 });
  await upload(served.port, "new", "other");
  await upload(served.port, "newer", "content");
  assertEquals([modeOf(served.folder, "new"), modeOf(served.folder, "newer")], ["666", "400"]);
});

Deno.test("serve() lets nobody else read an upload that replaces a private file", async () => {
  await using served = new ServedFolder({ uploads: "overwrite" });
  await Deno.chmod(served.folder.write("private", "old"), 0o600);
  await using client = new RawClient();
  await client.ask(wrq("private"), served.port, "ACK 0");
  assertEquals(served.folder.names().map((name) => modeOf(served.folder, name)), ["600", "600"]);
});

Deno.test({
  name: "tftp serve writes a file in place where it can make none beside it",
  ignore: ONE_USER,
  async fn() {
    using folder = new TempFolder();
    const path = strangersFile(folder, "config", 0o666);
    Deno.linkSync(path, folder.at("other-name"));
    Deno.chownSync(folder.path, STRANGER, STRANGER);
    Deno.chmodSync(folder.path, 0o755);
    const server = await startOrdinary(["--uploads", "overwrite", folder.path]);
    await upload(server.port, "config", "new");
    await using client = new RawClient();
    const tid = await client.ask(wrq("config"), server.port, "ACK 0");
    await using other = new RawClient();
    await other.ask(wrq("other-name"), server.port, REFUSED);
    await client.ask(data(1, pattern(512)), tid, "ACK 1");
    await client.send(error(0, "no more"), tid);
    await other.ask(wrq("new"), server.port, REFUSED);
    const { stdout } = await server.stop();
    // The upload that failed was small: nothing of it was in the file yet.
    assertEquals([folder.text("config"), folder.text("other-name")], ["new", "new"]);
    const { uid, mode } = Deno.statSync(path);
    assertEquals([uid, mode! & 0o777], [STRANGER, 0o666]);
    assertStringIncludes(stdout, 'note: wrote "config" in place');
    assertStringIncludes(stdout, "another upload is writing it");
  },
});

Deno.test({
  name: "tftp serve tells of a large upload that has failed in place",
  ignore: ONE_USER,
  async fn() {
    using folder = new TempFolder();
    strangersFile(folder, "config", 0o666);
    Deno.chownSync(folder.path, STRANGER, STRANGER);
    Deno.chmodSync(folder.path, 0o755);
    const server = await startOrdinary(["--uploads", "overwrite", folder.path]);
    await using client = new RawClient();
    const options = { blksize: 60_000 };
    const tid = await client.ask(wrq("config", options), server.port, "OACK blksize=60000");
    for (let block = 1; block <= 18; block++) {
      await client.ask(data(block, pattern(60_000)), tid, `ACK ${block}`);
    }
    await client.send(error(0, "no more"), tid);
    const { stdout } = await server.stop();
    assertEquals(folder.bytes("config").length, 18 * 60_000);
    assertStringIncludes(stdout, 'note: "config" is incomplete');
  },
});

Deno.test({
  name: "tftp serve replaces no file that it may not write, though it may write the folder",
  ignore: ONE_USER,
  async fn() {
    using folder = new TempFolder();
    for (const mode of [0o444, 0o600]) strangersFile(folder, mode.toString(8), mode);
    strangersFile(folder, "666", 0o666);
    for (const uploads of ["overwrite", "version"]) {
      const server = await startOrdinary(["--uploads", uploads, folder.path]);
      await using client = new RawClient();
      for (const name of ["444", "600"]) await client.ask(wrq(name), server.port, REFUSED);
      await upload(server.port, "666", "new");
      const { stdout } = await server.stop();
      assertStringIncludes(stdout, "Access violation (error 2) [");
      assertEquals([folder.text("444"), folder.text("600")], ["old content", "old content"]);
      assertEquals([folder.text("666"), modeOf(folder, "666")], ["new", "666"]);
    }
  },
});

Deno.test({
  name: "tftp serve writes in place what a folder such as /tmp lets only its owner replace",
  ignore: ONE_USER,
  async fn() {
    using folder = new TempFolder();
    const path = strangersFile(folder, "file", 0o666);
    Deno.chownSync(folder.path, STRANGER + 1, STRANGER + 1);
    Deno.chmodSync(folder.path, 0o1777);
    // It may look into every folder, for the program may be in one that only root may look into.
    const rights = ["--inh-caps", LOOK, "--ambient-caps", LOOK];
    const ordinary = ["--reuid", `${STRANGER + 2}`, "--clear-groups", ...rights, Deno.execPath()];
    const words = ["serve", "-p", "0", "-a", "127.0.0.1", "--uploads=overwrite", folder.path];
    const serve = cliArgs(words);
    const cache = folder.makeFolder("cache");
    Deno.chmodSync(cache, 0o777);
    const env = ["env", `DENO_DIR=${cache}`, "setpriv", ...ordinary, ...serve];
    const server = await startProgram(env[0]!, { args: env.slice(1) });
    await upload(server.port, "file", "new");
    await server.stop();
    assertEquals([folder.text("file"), Deno.statSync(path).uid], ["new", STRANGER]);
    assertEquals(folder.names(), ["cache", "file"]);
  },
});

Deno.test("serve() tells the operator why no upload goes onto a link", async () => {
  await using served = new ServedFolder({ uploads: "overwrite" });
  served.folder.write("file", "content");
  await Deno.symlink("file", served.folder.at("link"));
  await using client = new RawClient();
  await client.ask(wrq("link"), served.port, REFUSED);
  const [record] = served.records;
  assert(record?.kind === "refused");
  assertStringIncludes(record.cause ?? "", "it is a symbolic link");
});

Deno.test("openFileSink() keeps the permissions of what it replaces", async () => {
  using folder = new TempFolder();
  const path = folder.write("file", "old");
  for (const mode of [0o600, 0o666, 0o751]) {
    await Deno.chmod(path, mode);
    const sink = openFileSink(path, { overwrite: true });
    sink.write(new TextEncoder().encode("new"));
    await sink.commit();
    assertEquals(modeOf(folder, "file"), mode.toString(8));
  }
});

Deno.test({
  name: "tftp get replaces no file that it may not write, though it may write the folder",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using served = new ServedFolder();
    served.folder.write("file", "new");
    using folder = new TempFolder();
    const path = folder.write("file", "old");
    Deno.chmodSync(path, 0o444);
    const { code, stderr } = await runOrdinary([
      "get",
      "-o",
      path,
      `127.0.0.1:${served.port}`,
      "file",
    ]);
    assertStringIncludes(stderr, "permission denied");
    assertEquals([code, folder.text("file"), folder.names()], [3, "old", ["file"]]);
  },
});

Deno.test("openFileSink() gives no name to a file abandoned while it was saved", async () => {
  using folder = new TempFolder();
  const { openSync } = Deno;
  const opened: unknown[] = [];
  const sink = openFileSink(folder.at("new"), { overwrite: false });
  sink.write(pattern(1000));
  const counted: typeof openSync = (path, options) => {
    opened.push(path);
    return openSync(path, options);
  };
  Object.assign(Deno, { openSync: counted });
  try {
    const committed = sink.commit();
    sink.abandon();
    await assertRejects(async () => await committed, LocalFileError, "Cannot save");
  } finally {
    Object.assign(Deno, { openSync });
  }
  assertEquals([opened, folder.names()], [[], []]);
});
