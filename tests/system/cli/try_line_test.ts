/** The line that `tftp serve` prints to be tried: taken by a shell, for each way to start it. */

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import {
  cliArgs,
  type Finished,
  importMapArgs,
  run,
  type RunningServer,
  startProgram,
} from "../../helpers/process/cli.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";
import { until } from "../../helpers/sim/within.ts";

const ROOT_URL = new URL("../../../", import.meta.url);
const ROOT = fromFileUrl(ROOT_URL);
const ignore = Deno.build.os === "windows";

/** A folder with a file to boot, others that are nobody's business, and words for a shell. */
class TryFolder extends TempFolder {
  constructor() {
    super();
    for (const name of [".profile", "secret", "passwd"]) this.write(`served/${name}`, "no");
    this.write("served/kernel.img", "boot me");
    // What a user of npm has, and what a user of Deno has.
    this.write("bin/npx", `#!/bin/sh\nshift 2\nexec "${Deno.execPath()}" "$@"\n`);
    this.write("bin/deno", `#!/bin/sh\nexec "${Deno.execPath()}" "$@"\n`);
    for (const name of ["npx", "deno"]) Deno.chmodSync(this.at(`bin/${name}`), 0o755);
  }

  get served(): string {
    return this.at("served");
  }
}

async function hintOf(server: RunningServer): Promise<string> {
  await until(() => server.output().includes("Ctrl-C"), "the greeting");
  const [, line = ""] = /try in another terminal: (.*)/.exec(server.output()) ?? [];
  return line;
}

/** Takes the line as printed, with the words of the folder on the PATH. */
function taken(line: string, folder: TryFolder, cwd: string): Promise<Finished> {
  const path = `PATH=${folder.at("bin")}:/usr/bin:/bin`;
  return run("env", { args: [path, "sh", "-c", line], cwd });
}

/** Takes what the server has printed, in the folder where it was printed; returns the line. */
async function assertWorks(
  server: RunningServer,
  { folder, cwd }: { folder: TryFolder; cwd: string },
): Promise<string> {
  try {
    const line = await hintOf(server);
    const { code, stdout, stderr } = await taken(line, folder, cwd);
    assertEquals(code, 0, `${line}\n${stderr}`);
    assertMatch(stdout, /^got "kernel\.img" as "\/dev\/null": 7 bytes/m);
    assertEquals(folder.names("served"), [".profile", "kernel.img", "passwd", "secret"]);
    assertEquals(folder.text("served/kernel.img"), "boot me");
    return line;
  } finally {
    await server.stop();
  }
}

Deno.test({
  name: "tftp serve by a task prints a line that works there",
  ignore,
  async fn() {
    using folder = new TryFolder();
    const args = ["task", "-q", "serve", "-p", "0", "-a", "127.0.0.1", folder.served];
    const server = await startProgram(Deno.execPath(), { args, cwd: ROOT });
    assertMatch(await assertWorks(server, { folder, cwd: ROOT }), /task get -o /);
  },
});

Deno.test({
  name: "tftp serve by deno run prints a line that works in the folder it serves",
  ignore,
  async fn() {
    using folder = new TryFolder();
    const args = cliArgs(["serve", "-p", "0", "-a", "127.0.0.1", "."]);
    const cwd = folder.served;
    const server = await startProgram(Deno.execPath(), { args, cwd });
    const line = await assertWorks(server, { folder, cwd });
    assertStringIncludes(line, `${ROOT}main.ts get -o /dev/null`);
  },
});

Deno.test({
  name: "tftp serve by a URL prints a line that works there",
  ignore,
  async fn() {
    using folder = new TryFolder();
    const web = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const { pathname } = new URL(request.url);
      const path = new URL(`.${pathname}`, ROOT_URL);
      return new Response(await Deno.readTextFile(path), {
        headers: { "content-type": pathname.endsWith(".json") ? "application/json" : "text/plain" },
      });
    });
    try {
      const url = `http://127.0.0.1:${web.addr.port}/`;
      const map = importMapArgs().length === 0 ? "deno.json" : "offline/import_map.json";
      const permissions = [
        "--allow-net",
        "--allow-read",
        "--allow-write",
        `--allow-import=${new URL(url).host}`,
      ];
      const how = ["run", "-q", "-r", "--unstable-net", "--import-map", `${url}${map}`];
      const what = [`${url}main.ts`, "serve", "-p", "0", "-a", "127.0.0.1", "."];
      const cwd = folder.served;
      const args = [...how, ...permissions, ...what];
      const server = await startProgram(Deno.execPath(), { args, cwd });
      const line = await assertWorks(server, { folder, cwd });
      assertStringIncludes(line, `${url}main.ts get -o /dev/null`);
    } finally {
      await web.shutdown();
    }
  },
});

Deno.test({
  name: "tftp serve -6 prints a line that asks an IPv6 address",
  ignore,
  async fn() {
    using folder = new TryFolder();
    const args = cliArgs(["serve", "-6", "-p", "0", folder.served]);
    const server = await startProgram(Deno.execPath(), { args });
    assertMatch(await assertWorks(server, { folder, cwd: ROOT }), / \[::1\]:\d+ kernel/);
  },
});
