/** The programs in examples/, run as they stand. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { get, put, TftpError } from "../../../src/mod.ts";
import { importMapArgs } from "../../helpers/process/cli.ts";
import { wholeOf } from "../../helpers/net/library.ts";
import { pattern, TempFolder } from "../../helpers/files/temp_folder.ts";
import { within } from "../../helpers/sim/within.ts";

const CONFIG = fromFileUrl(new URL("../../../deno.json", import.meta.url));

/** An example that runs, and has said where it listens. */
class Example implements AsyncDisposable {
  port = 0;
  output = "";
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<void>;
  #notify = () => {};

  constructor(name: string, args: string[], { permissions = [], env = {} }: {
    permissions?: string[];
    env?: Record<string, string>;
  } = {}) {
    const program = fromFileUrl(new URL(`../../../examples/${name}.ts`, import.meta.url));
    const flags = ["--quiet", "--no-prompt", "--config", CONFIG, ...importMapArgs()];
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", ...flags, "--allow-net", ...permissions, program, ...args],
      ...{ stdin: "null", stdout: "piped", stderr: "inherit", env },
    }).spawn();
    this.#read = this.#follow();
  }

  static async start(...args: ConstructorParameters<typeof Example>): Promise<Example> {
    const example = new Example(...args);
    await example.says(/listening on port \d+/);
    example.port = Number(/port (\d+)/.exec(example.output)![1]);
    return example;
  }

  get target() {
    return { host: "127.0.0.1", port: this.port };
  }

  /** Waits until it has printed something. */
  async says(what: RegExp): Promise<void> {
    while (!what.test(this.output)) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#notify = resolve;
      await within(promise, `"${what.source}" in: ${this.output}`);
    }
  }

  async text(name: string): Promise<string> {
    return new TextDecoder().decode(await wholeOf(await get(name, this.target)));
  }

  async code(name: string): Promise<number> {
    return (await assertRejects(() => get(name, this.target), TftpError)).code;
  }

  async stop(): Promise<number> {
    this.#child.kill("SIGINT");
    await this.#read;
    return (await this.#child.status).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    assertEquals(await this.stop(), 0);
  }

  async #follow(): Promise<void> {
    for await (const piece of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.output += piece;
      this.#notify();
    }
  }
}

Deno.test("examples/folder.ts serves a folder and tells what was fetched", async () => {
  using folder = new TempFolder();
  folder.write("motd", "welcome\n");
  await using example = await Example.start("folder", [folder.path, "0"], {
    permissions: ["--allow-read"],
  });
  assertEquals(await example.text("motd"), "welcome\n");
  await example.says(/done: motd, 8 bytes/);
});

Deno.test("examples/ipxe_scripts.ts gives each client its own script", async () => {
  using folder = new TempFolder();
  const hosts = folder.write("hosts.json", '{ "127.0.0.1": "debian" }');
  folder.write("images/debian/initrd", "ramdisk");
  await using example = await Example.start("ipxe_scripts", [hosts, folder.at("images"), "0"], {
    permissions: ["--allow-read"],
  });
  assertStringIncludes(
    await example.text("boot.ipxe"),
    "kernel debian/vmlinuz hostip=127.0.0.1\n",
  );
  assertEquals(await example.text("debian/initrd"), "ramdisk");
  assertEquals(await example.code("debian/vmlinuz"), 1);
  folder.write("hosts.json", "{}");
  assertEquals(await example.code("boot.ipxe"), 2);
});

Deno.test("examples/gateway.ts gives what an HTTP server has, and its refusals", async () => {
  const image = pattern(300_000);
  const asked: string[] = [];
  await using http = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const { pathname } = new URL(request.url);
    asked.push(pathname);
    if (pathname === "/images/a%20b/image") return new Response(image);
    return new Response(null, { status: pathname.endsWith("secret") ? 403 : 404 });
  });
  const base = `http://127.0.0.1:${http.addr.port}/images/`;
  await using example = await Example.start("gateway", [base, "0"]);
  const download = await get("a b/image", example.target);
  assertEquals(download.size, image.length);
  assertEquals(await wholeOf(download), image);
  assertEquals([await example.code("missing"), await example.code("secret")], [1, 2]);
  assertEquals(await example.code("../outside"), 2);
  assert(asked.every((path) => path.startsWith("/images/")), asked.join());
});

Deno.test("examples/backup_receiver.ts commits a file before the last ACK", async () => {
  using folder = new TempFolder();
  const git = async (...args: string[]) => {
    const command = new Deno.Command("git", { args: ["-C", folder.path, ...args] });
    const { success, stdout } = await command.output();
    assert(success, args.join(" "));
    return new TextDecoder().decode(stdout);
  };
  await git("init", "--quiet");
  await using example = await Example.start("backup_receiver", [folder.path, "0"], {
    permissions: ["--allow-read", "--allow-write", "--allow-run=git"],
    env: {
      ...{ GIT_AUTHOR_NAME: "backup", GIT_AUTHOR_EMAIL: "backup@example.com" },
      ...{ GIT_COMMITTER_NAME: "backup", GIT_COMMITTER_EMAIL: "backup@example.com" },
    },
  });
  const names = ["sw1.cfg", "sw2.cfg", "sw3.cfg"];
  await Promise.all(names.map((name) => put(name, `hostname ${name}\n`, example.target)));
  const log = (await git("log", "--format=%s")).trim().split("\n").sort();
  assertEquals(log, names.map((name) => `${name} from 127.0.0.1`));
  assertEquals(await git("show", "HEAD:sw1.cfg"), "hostname sw1.cfg\n");
  await put("sw1.cfg", "hostname sw1.cfg\n", example.target);
  assertEquals((await git("log", "--format=%s")).trim().split("\n").length, 3);
  await assertRejects(() => put(".git", "x", example.target), TftpError);
  assertEquals(await example.code("sw1.cfg"), 2);
});

Deno.test("examples/test_double.ts serves, breaks off and remembers", async () => {
  const example = await Example.start("test_double", ["0"]);
  const firmware = await wholeOf(await get("firmware.bin", example.target));
  assertEquals(firmware.length, 60_000);
  const broken = await get("broken.bin", example.target);
  await assertRejects(() => new Response(broken.body).bytes());
  await put("log.txt", "all is well", example.target);
  assertEquals(await example.text("log.txt"), "all is well");
  assertEquals(await example.code("missing"), 1);
  assertEquals(await example.stop(), 0);
  assertEquals(example.output.trim().split("\n").slice(1), [
    "get firmware.bin",
    "get broken.bin",
    "put log.txt",
    "get log.txt",
    "get missing",
  ]);
});
