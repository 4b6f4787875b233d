import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { LocalFileError } from "../../../src/mod.ts";
import { Knowledge } from "../../../src/made/knowledge.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

const TABLE = "IP address HW type Flags HW address Mask Device\n" +
  "10.0.0.7 0x1 0x2 02:00:5e:10:00:01 * eth0\n";

Deno.test("Knowledge finds a name by the MAC of the ARP table", () => {
  using folder = new TempFolder();
  const hosts = folder.write("hosts", "02:00:5e:10:00:01 - kiosk\n");
  const knowledge = new Knowledge({ hosts });
  knowledge.readArp = () => TABLE;
  assertEquals(knowledge.find("10.0.0.7"), { mac: "02:00:5e:10:00:01", name: "kiosk" });
  assertEquals(knowledge.find("10.0.0.8"), { mac: undefined, name: undefined });
});

Deno.test("Knowledge does without an ARP table", () => {
  assertEquals(new Knowledge({}).find("10.0.0.7"), { mac: undefined, name: undefined });
});

Deno.test("Knowledge refuses a bad hosts file at first, and keeps the old one later", async () => {
  using folder = new TempFolder();
  assertThrows(() => new Knowledge({ hosts: folder.at("missing") }), LocalFileError);
  const hosts = folder.write("hosts", "- 10.0.0.7 kiosk\n");
  const notices: string[] = [];
  const knowledge = new Knowledge({ hosts, notice: (message) => notices.push(message) });
  folder.write("hosts", "nonsense\n");
  await Deno.utime(hosts, 1, 1);
  const endMs = performance.now() + 10_000;
  while (notices.length === 0 && performance.now() < endMs) {
    assertEquals(knowledge.find("10.0.0.7").name, "kiosk");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assertStringIncludes(notices[0]!, "line 1");
  assertEquals(knowledge.find("10.0.0.7").name, "kiosk");
});
