/** The log where systemd's journal reads it. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { cliArgs, startProgram } from "../../helpers/process/cli.ts";
import { error, RawClient, rrq } from "../../helpers/net/raw_client.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";
import { IO_PERMISSIONS } from "../../helpers/net/test_network.ts";
import { until } from "../../helpers/sim/within.ts";

/** What the server prints for a miss and a failure, when told that this is the journal. */
async function printed(stream: string, args: string[]): Promise<string[]> {
  using folder = new TempFolder();
  folder.write("file", "x".repeat(1000));
  const permissions = [
    ...["--no-prompt", "--allow-net", "--allow-read", "--allow-env=JOURNAL_STREAM"],
    ...IO_PERMISSIONS,
  ];
  const words = cliArgs(["serve", "-p", "0", "-a", "127.0.0.1", ...args, folder.path], permissions);
  const line = `JOURNAL_STREAM=${stream} exec "$0" "$@"`;
  const server = await startProgram("sh", { args: ["-c", line, Deno.execPath(), ...words] });
  await using client = new RawClient();
  await client.ask(rrq("missing"), server.port, 'ERROR 1 "File not found"');
  const tid = await client.ask(rrq("file"), server.port, "DATA 1 (512 bytes)");
  await client.send(error(3, "no room"), tid);
  await until(() => server.output().includes("no room"), "the line of the failure");
  const { stdout } = await server.stop();
  return stdout.trimEnd().split("\n");
}

const JOURNAL = "$(stat -L -c %d:%i /proc/$$/fd/1)";

Deno.test({
  name: "tftp serve tells the journal the level of each line, and nobody else",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const lines = await printed(JOURNAL, []);
    const levelOf = (text: string) => lines.find((line) => line.includes(text))?.slice(0, 3);
    assertEquals(["serving", "refused", "no room", "stopped"].map(levelOf), [
      ...["<6>", "<6>", "<3>", "<6>"],
    ]);
    for (const line of lines) assertMatch(line, /^<[367]>[^<]/);
    assertEquals(levelOf("Ctrl-C"), undefined, "nobody can press a key there");
    const others = await printed("1:2", []);
    for (const line of others) assert(!line.startsWith("<"), line);
    assert(others.some((line) => line.includes("Ctrl-C")));
    for (const line of await printed(JOURNAL, ["--log-format", "json"])) {
      assertMatch(line, /^<[36]>\{"time"/);
    }
  },
});
