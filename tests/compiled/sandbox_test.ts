/** A lab build's sandbox, proved from outside: by its answers, by its words, and by strace. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { permissionFlags, planBuild } from "../../compile/permissions.ts";
import { Binaries, workshop } from "../helpers/process/binary.ts";
import { run, startProgram } from "../helpers/process/cli.ts";
import { freePort } from "../helpers/process/peers.ts";
import { lacksStrace, readTrace, straceArgs } from "../helpers/process/strace.ts";
import { pattern, TempFolder } from "../helpers/files/temp_folder.ts";

const binaries = new Binaries();
const ignore = Deno.build.os !== "linux" || await binaries.leaveOut();
const noStrace = ignore || lacksStrace();

const CONTENT = pattern(70_001);
const STRANGER = "127.0.0.2";

/** A folder with a root to serve, and a lab build for it that serves 127.0.0.1 alone. */
class Lab implements Disposable {
  readonly folder = new TempFolder();
  readonly root = this.folder.makeFolder("root");
  readonly port = freePort();

  constructor() {
    this.folder.write("root/good", CONTENT);
    this.folder.write("secret", "not to be served");
    this.folder.makeFolder("other");
    const config = JSON.stringify({ dir: this.folder.at("other") });
    this.folder.write("root/inside.jsonc", config);
    this.folder.write("outside.jsonc", config);
    Deno.symlinkSync("../secret", this.folder.at("root/link-out"));
  }

  args(...more: string[]): string[] {
    const listen = ["--listen", `0.0.0.0:${this.port}`, "--clients", "127.0.0.1"];
    return ["--serve-root", this.root, ...listen, ...more];
  }

  binary(...more: string[]): Promise<string> {
    return binaries.path(...this.args(...more));
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

/** Asks from an address of one's own and returns the first answer, as text; undefined: none. */
async function ask(
  lab: Lab,
  request: string,
  { from = "127.0.0.1", patienceMs = 5_000 } = {},
): Promise<string | undefined> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: from, port: 0 });
  const timer = setTimeout(() => socket.close(), patienceMs);
  try {
    const to = { transport: "udp", hostname: "127.0.0.1", port: lab.port } as const;
    await socket.send(new TextEncoder().encode(request), to);
    const [bytes, peer] = await socket.receive();
    // What was asked for is not wanted; the server need not repeat it.
    const enough = new TextEncoder().encode("\0\x05\0\0enough\0");
    await socket.send(enough, peer as Deno.NetAddr);
    return new TextDecoder().decode(bytes.slice(2, 40));
  } catch (error) {
    if (error instanceof Deno.errors.BadResource || error instanceof Deno.errors.Interrupted) {
      return undefined;
    }
    throw error;
  } finally {
    clearTimeout(timer);
    try {
      socket.close();
    } catch {
      // The patience ended first.
    }
  }
}

const rrq = (name: string) => `\0\x01${name}\0octet\0`;
const wrq = (name: string) => `\0\x02${name}\0octet\0`;

/** What the runtime opens before the program has begun: libraries, the machine, itself. */
const RUNTIME_FILES = new RegExp(
  "^/(etc/ld\\.so\\.|(usr/)?lib(64|32)?/|proc/|sys/(fs/cgroup|devices/system/cpu)/" +
    "|dev/(urandom|null|random|tty))",
);

/** The runtime reads the machine's time zone with the first date it makes, at start or later. */
const TIME_ZONE = "/usr/share/zoneinfo/";

Deno.test({
  name: "a lab build opens nothing but its folder and talks to nobody but its clients",
  ignore: noStrace,
  fn: async () => {
    using lab = new Lab();
    const tftp = await lab.binary();
    const log = lab.folder.at("strace.log");
    const server = await startProgram("strace", { args: straceArgs(log, tftp, ["serve"]) });
    assertEquals((await ask(lab, rrq("good")))?.slice(0, 2), "\0\x01");
    assertEquals(await ask(lab, rrq("link-out")), "\0\x02Access violation\0");
    assertEquals(await ask(lab, rrq("/etc/passwd")), "\0\x01File not found\0");
    assertEquals(await ask(lab, rrq("../secret")), "\0\x02Access violation\0");
    assertEquals((await ask(lab, wrq("new")))?.slice(0, 2), "\0\x02");
    const stranger = { from: STRANGER, patienceMs: 500 };
    assertEquals(await ask(lab, rrq("good"), stranger), undefined);
    // It is still there for those it serves.
    assertEquals((await ask(lab, rrq("good")))?.slice(0, 2), "\0\x01");
    const { code } = await server.stop();
    assertEquals(code, 0);

    const trace = readTrace(lab.folder.text("strace.log"));
    assertEquals(new Set(trace.bound), new Set(["0.0.0.0"]));
    assertEquals(new Set(trace.reached), new Set(["127.0.0.1"]));
    assert(trace.opened.includes(lab.folder.at("root/good")));
    const outside = trace.opened.filter((path) =>
      !`${path}/`.startsWith(`${lab.root}/`) && !path.startsWith(TIME_ZONE)
    );
    assertEquals(outside, []);
    const atStart = trace.openedAtStart.filter((path) =>
      ![tftp, lab.root].includes(path) && !RUNTIME_FILES.test(path) && !path.startsWith(TIME_ZONE)
    );
    assertEquals(atStart, []);
    assertEquals(lab.folder.names("root"), ["good", "inside.jsonc", "link-out"]);
  },
});

Deno.test({
  name: "a lab build's workers serve its folder, and no more than one thread does",
  ignore,
  fn: async () => {
    using lab = new Lab();
    const server = await startProgram(await lab.binary(), { args: ["serve", "--workers", "2"] });
    assertEquals((await ask(lab, rrq("good")))?.slice(0, 2), "\0\x01");
    assertEquals(await ask(lab, rrq("link-out")), "\0\x02Access violation\0");
    assertEquals(await ask(lab, rrq("../secret")), "\0\x02Access violation\0");
    assertEquals((await ask(lab, wrq("new")))?.slice(0, 2), "\0\x02");
    const { code, stderr } = await server.stop();
    assertEquals([code, stderr], [0, ""]);
  },
});

Deno.test({
  name: "a lab build refuses with one sentence what it was not built for",
  ignore,
  fn: async () => {
    using lab = new Lab();
    const tftp = await lab.binary();
    const { folder, root, port } = lab;
    const other = folder.at("other");
    const without = "tftp: this binary was built without permission to";
    const told = '"tftp --permissions" shows its permissions\n';
    const cases: [args: string[], operation: string][] = [
      [["serve", other], `read "${other}"`],
      [["serve", "-d", other], `read "${other}"`],
      [["serve", "-p", "6970"], "listen on 0.0.0.0:6970"],
      [["serve", "-a", "127.0.0.2"], `listen on 127.0.0.2:${port}, open sockets on 127.0.0.2`],
      [["serve", "--uploads", "new"], `write "${root}"`],
      [["serve", "--config", folder.at("root/inside.jsonc")], `read "${other}"`],
      [["serve", "--config", folder.at("outside.jsonc")], `read "${folder.at("outside.jsonc")}"`],
      [["get", "-o", folder.at("x"), STRANGER, "x"], `reach ${STRANGER}, read "${folder.at("x")}"`],
      [["put", "127.0.0.1", folder.at("secret")], `read "${folder.at("secret")}"`],
    ];
    for (const [args, operation] of cases) {
      const { code, stdout, stderr } = await run(tftp, { args });
      const isGet = args[0] === "get";
      const sentence = isGet
        ? `${without} ${operation}, write "${folder.path}": ${told}`
        : `${without} ${operation}: ${told}`;
      assertEquals([args, code, stdout, stderr], [args, 3, "", sentence]);
    }
  },
});

Deno.test({
  name: "a lab build can't answer a stranger even if configured to",
  ignore,
  fn: async () => {
    using lab = new Lab();
    const args = ["serve", "--allow", `${STRANGER}/32`];
    const server = await startProgram(await lab.binary(), { args });
    const stranger = { from: STRANGER, patienceMs: 500 };
    assertEquals(await ask(lab, rrq("good"), stranger), undefined);
    assertEquals(await ask(lab, rrq("missing"), stranger), undefined);
    const { code, stdout, stderr } = await server.stop();
    assertEquals(code, 0);
    assertStringIncludes(stdout + stderr, "Requires net access to");
  },
});

Deno.test({
  name: "a lab build with uploads writes into its folder",
  ignore,
  fn: async () => {
    using lab = new Lab();
    const server = await startProgram(await lab.binary("--uploads", "new"), { args: ["serve"] });
    const put = await run(await binaries.path(), {
      args: ["put", "-n", "sent", `127.0.0.1:${lab.port}`, lab.folder.at("root/good")],
    });
    const outside = await ask(lab, wrq("../escaped"));
    await server.stop();
    assertEquals([put.code, put.stderr], [0, ""]);
    assertEquals(lab.folder.bytes("root/sent"), CONTENT);
    assertEquals(outside, "\0\x02Access violation\0");
    assertEquals(lab.folder.names(), ["other", "outside.jsonc", "root", "secret"]);
  },
});

Deno.test({
  name: "a lab build tells what it may do",
  ignore,
  fn: async () => {
    using lab = new Lab();
    const { code, stdout } = await run(await lab.binary(), { args: ["--permissions"] });
    assertEquals(code, 0);
    assertEquals(stdout.split("\n").slice(0, 4), [
      `tftp, built to serve ${lab.root} on 0.0.0.0:${lab.port} (uploads: off):`,
      `  net     0.0.0.0:${lab.port}, 0.0.0.0:0, 127.0.0.1`,
      `  read    ${lab.root}`,
      "  write   nothing",
    ]);
    assert(!stdout.includes("not granted"));
  },
});

Deno.test({
  name: "a lab build's permissions hold a program that means harm",
  ignore,
  fn: async () => {
    using lab = new Lab();
    const output = lab.folder.at("rogue");
    const { serveRoot, clients, listen } = {
      serveRoot: lab.root,
      clients: "127.0.0.1",
      listen: [`0.0.0.0:${lab.port}`],
    };
    const { grants } = planBuild({ serveRoot, clients, listen });
    const { deno, env } = workshop();
    const rogue = new URL("rogue.ts", import.meta.url).pathname;
    const compiled = await new Deno.Command(deno, {
      args: [
        ...["compile", "--quiet", "--no-check", "--unstable-net", "--no-config"],
        ...permissionFlags(grants),
        ...["--output", output, rogue],
      ],
      env,
    }).output();
    assert(compiled.success, new TextDecoder().decode(compiled.stderr));
    const { stdout } = await run(output, { args: [lab.root, STRANGER] });
    const allowed = ["read the root", "have any free port"];
    const lines = stdout.trim().split("\n");
    assertEquals(lines.length, 15);
    for (const line of lines) {
      const [operation = "", end = ""] = line.split(": ");
      assertEquals([operation, end], [operation, allowed.includes(operation) ? "done" : "refused"]);
    }
  },
});

Deno.test({
  name: "a client build serves nothing, and reads and writes only in its folder",
  ignore,
  fn: async () => {
    using lab = new Lab();
    const client = await binaries.path("--client", "--servers", "127.0.0.1");
    const server = await startProgram(await lab.binary(), { args: ["serve"] });
    const at = (cwd: string, ...args: string[]) => run(client, { args, cwd: lab.folder.at(cwd) });
    const host = `127.0.0.1:${lab.port}`;
    const got = await at("other", "get", host, "good");
    const outside = await at("other", "get", "-o", lab.folder.at("stolen"), host, "good");
    const sent = await at("other", "put", host, lab.folder.at("secret"));
    const strange = await at("other", "get", `${STRANGER}:${lab.port}`, "good");
    const named = await at("other", "get", `localhost:${lab.port}`, "good");
    const serving = await at("other", "serve", "-p", "6970", ".");
    await server.stop();
    assertEquals([got.code, got.stderr], [0, ""]);
    assertEquals(lab.folder.bytes("other/good"), CONTENT);
    for (const { code, stderr } of [outside, sent, strange, named, serving]) {
      assertEquals([code, stderr.split("\n").length], [3, 2]);
    }
    assertStringIncludes(outside.stderr, `write "${lab.folder.path}"`);
    assertStringIncludes(sent.stderr, `read "${lab.folder.at("secret")}"`);
    assertStringIncludes(strange.stderr, `reach ${STRANGER}`);
    assertStringIncludes(named.stderr, "reach localhost");
    assertEquals(
      serving.stderr,
      "tftp: this binary is a client only: it was built without a server\n",
    );
    assertEquals(lab.folder.names(), ["other", "outside.jsonc", "root", "secret"]);
  },
});
