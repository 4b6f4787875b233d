/** `tftp doctor` as people and programs meet it: output, exit codes, no question to the user. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cliArgs, run, runBare, runCli, startServer } from "../../helpers/process/cli.ts";
import { OddServer } from "../../helpers/net/odd_server.ts";
import { freePort } from "../../helpers/process/peers.ts";
import { isHere } from "../../helpers/process/program.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

const TEXT = "a line of text\n".repeat(500);
const LETTERS = new Uint8Array(20_000).fill(97);

/** What every report for people has to be. */
function assertReadable(stdout: string): void {
  for (const line of stdout.split("\n")) {
    assert([...line].length <= 80, line);
    assertEquals(line, line.trimEnd());
  }
  const titles = stdout.split("\n").filter((line) => /^[A-Z][A-Za-z ]+$/.test(line));
  assertEquals(titles.at(-1), "Verdict");
}

Deno.test("tftp doctor prints a report of 80 columns that ends with the verdict", async () => {
  using folder = new TempFolder();
  folder.write("file", TEXT);
  const server = await startServer([folder.path]);
  try {
    const { code, stdout, stderr } = await runCli(["doctor", `127.0.0.1:${server.port}`, "file"]);
    assertEquals([code, stderr], [0, ""], stdout);
    assertReadable(stdout);
    assertStringIncludes(stdout, "The server works; nothing is wrong.");
    const last = stdout.trimEnd().split("\n").at(-1)!.trim();
    assertEquals(last, `tftp get --blksize 1468 --windowsize 32 127.0.0.1:${server.port} file`);
    const { code: fetched } = await runCli(last.split(" ").slice(1), { cwd: folder.path });
    assertEquals(fetched, 0);
  } finally {
    await server.stop();
  }
});

Deno.test("tftp doctor --json prints one object of the documented shape", async () => {
  await using server = new OddServer("ERROR without end", LETTERS);
  const args = ["doctor", "--json", "--io", "deno", `127.0.0.1:${server.port}`, "file"];
  const { code, stdout } = await runCli(args);
  const object = JSON.parse(stdout);
  assertEquals(code, 6);
  assertEquals(Object.keys(object).sort(), [
    ...["address", "addresses", "best", "doctor", "exitCode", "file", "fileWasGuessed"],
    ...["findings", "host", "marks", "ms", "path", "port", "program", "traffic", "verdict"],
  ]);
  const { doctor, exitCode, verdict, marks, best, file } = object;
  assertEquals([doctor, exitCode, verdict.outcome, file], ["server", 6, "protocol", "file"]);
  assertEquals([marks["RFC 1350"], best.windowsize], ["fault", 32]);
  const [fault] = object.findings.filter((one: { grade: string }) => one.grade === "fault");
  assertEquals([fault.check, fault.clause], ["ERROR without end", "RFC 1350 §5"]);
});

Deno.test("tftp doctor ends with the exit code of what it found", async () => {
  await using server = new OddServer("nothing", LETTERS);
  const cases: readonly [args: string[], code: number, says: string][] = [
    [[`127.0.0.1:${server.port}`, "nowhere"], 4, "The server answers, but refuses this file."],
    [["no-such-host.invalid"], 7, "does not resolve"],
  ];
  for (const [args, code, says] of cases) {
    const finished = await runCli(["doctor", "--io", "deno", ...args]);
    assertEquals(finished.code, code, finished.stdout);
    assertReadable(finished.stdout);
    assertStringIncludes(finished.stdout.replaceAll(/\s+/g, " "), says);
  }
});

Deno.test("tftp doctor --upload sends a file only under the given name", async () => {
  using folder = new TempFolder();
  folder.write("file", TEXT);
  const server = await startServer([folder.path, "--uploads", "new"]);
  try {
    const place = `127.0.0.1:${server.port}`;
    await runCli(["doctor", place, "file"]);
    assertEquals(folder.names(), ["file"]);
    const { code, stdout } = await runCli(["doctor", "--upload", "trial", place, "file"]);
    assertEquals([code, folder.names()], [0, ["file", "trial"]]);
    assertEquals(folder.text("trial"), "tftp doctor was here\n");
    assertStringIncludes(stdout, '"trial" was uploaded');
  } finally {
    await server.stop();
  }
});

Deno.test("tftp doctor tells in one line which permission it lacks", async () => {
  const finished = await runBare(["doctor", "127.0.0.1:6969"], {
    cwd: ".",
    permissions: ["--no-prompt"],
  });
  assertEquals(finished.code, 3);
  assertMatch(finished.stderr, /missing permission to reach 127\.0\.0\.1.*--allow-net\n$/);
});

Deno.test({
  name: "tftp doctor asks the user for no permission, not even on a terminal",
  ignore: Deno.build.os !== "linux" || !await isHere("script", "--version"),
  async fn() {
    using folder = new TempFolder();
    folder.write("file", TEXT);
    const cases: readonly [permissions: string[], args: string[]][] = [
      [[], ["doctor", "127.0.0.1:6969", "file"]],
      [[], ["doctor", "--serve", "-p", "0", "--user", "nobody", folder.path]],
      [["--allow-net", `--allow-read=${folder.path}`], [
        "doctor",
        "--serve",
        "-p",
        "0",
        folder.path,
      ]],
    ];
    for (const [permissions, args] of cases) {
      const words = [Deno.execPath(), ...cliArgs(args, permissions)];
      const line = words.map((word) => `'${word}'`).join(" ");
      const { stdout } = await run("script", { args: ["-qec", line, "/dev/null"] });
      assertEquals(/\bAllow\b|requests/.test(stdout), false, stdout);
      assertMatch(stdout, /permission|allow/);
    }
  },
});

Deno.test("tftp doctor --serve finds a port that another program has", async () => {
  using folder = new TempFolder();
  folder.write("pxelinux.0", TEXT);
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr as Deno.NetAddr;
  try {
    const args = ["doctor", "--serve", "--io", "deno", "-p", `${port}`, "-a", "127.0.0.1"];
    const { code, stdout } = await runCli([...args, folder.path]);
    assertEquals(code, 7);
    assertReadable(stdout);
    assertStringIncludes(stdout, `UDP port ${port} is in use`);
    assertStringIncludes(stdout, "This machine can't serve with these options.");
    assertStringIncludes(stdout, "dhcp-boot=pxelinux.0,,127.0.0.1");
  } finally {
    socket.close();
  }
});

Deno.test("tftp doctor --serve does not find its own trial in the way of the next", async () => {
  using folder = new TempFolder();
  for (const io of ["deno", "auto"]) {
    const port = freePort();
    const { stdout } = await runCli([
      "doctor",
      "--serve",
      "--io",
      io,
      "-p",
      `${port}`,
      folder.path,
    ]);
    assertStringIncludes(stdout, `UDP port ${port} is free, and may be bound`);
  }
});

Deno.test("tftp doctor --serve looks at folder, map and configuration", async () => {
  using folder = new TempFolder();
  folder.write("Boot", TEXT);
  folder.write("boot", TEXT);
  await Deno.symlink("/", folder.at("out"));
  using files = new TempFolder();
  const map = files.write("map", "rx [ x\n");
  const config = files.write("tftp.jsonc", `{ "map": ${JSON.stringify(map)}, "port": 0 }`);
  const args = ["doctor", "--serve", "--json", "--io", "deno", "-c", config, folder.path];
  const { code, stdout } = await runCli(args);
  const { findings, verdict } = JSON.parse(stdout);
  const graded = findings.map((one: { check: string; grade: string }) =>
    `${one.check} ${one.grade}`
  );
  assertEquals([code, verdict.outcome], [3, "local"]);
  for (const wanted of ["configuration good", "map fault", "links warning", "case note"]) {
    assert(graded.includes(wanted), `${wanted}: ${graded.join(", ")}`);
  }
});

Deno.test("tftp doctor --serve says what is missing where there is no folder", async () => {
  using folder = new TempFolder();
  const args = ["doctor", "--serve", "--io", "deno", "-p", "0", folder.at("nowhere")];
  const { code, stdout } = await runCli(args);
  assertEquals(code, 3);
  assertMatch(stdout, /The folder can't be served: .*\n/);
});
