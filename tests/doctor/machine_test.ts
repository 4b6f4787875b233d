import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Entry, FolderTour, OwnAddress, Server } from "../../src/doctor/machine/facts.ts";
import { dhcpLines } from "../../src/doctor/machine/dhcp.ts";
import {
  judgeClock,
  judgeNames,
  judgeRights,
  judgeSpace,
} from "../../src/doctor/machine/folder.ts";
import {
  judgeAddresses,
  judgeBuffers,
  judgeFirewall,
  judgePort,
  judgeStandardPort,
} from "../../src/doctor/machine/network.ts";
import { socketsIn } from "../../src/doctor/machine/proc_net.ts";
import { machineVerdict } from "../../src/doctor/machine/verdict.ts";

const NOBODY: Server = { name: "tftp", uid: 100, groups: [100] };
const LAN: OwnAddress = { name: "eth0", address: "192.0.2.1", family: 4 };
const LOOPBACK: OwnAddress = { name: "lo", address: "127.0.0.1", family: 4 };

function entry(path: string, mode: number, kind: Entry["kind"] = "file"): Entry {
  return { path, kind, mode, uid: 0, gid: 0, modifiedMs: 0 };
}

function tour(entries: Entry[], more: Partial<FolderTour> = {}): FolderTour {
  const root = entry("/srv/tftp", 0o755, "folder");
  return { root, above: [], entries, leaving: [], broken: [], cut: false, ...more };
}

function grades(findings: readonly { grade: string; seen: string }[]): string[] {
  return findings.map(({ grade, seen }) => `${grade}: ${seen}`);
}

Deno.test("socketsIn reads the kernel's tables of both families", () => {
  const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid";
  const rest = "00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0";
  const four = `${head}\n 1: 0100007F:0045 ${rest} 4711 2 0 0\n`;
  const long = "00000000000000000000000001000000";
  const six = `${head}\n 1: ${long}:0045 ${rest} 4712 2 0 0\n`;
  assertEquals(socketsIn(four), [{ address: "127.0.0.1", port: 69, inode: 4711 }]);
  assertEquals(socketsIn(six), [{ address: "::1", port: 69, inode: 4712 }]);
});

Deno.test("judgePort tells a port that is free, taken or forbidden", () => {
  const none = { value: [] };
  assertEquals(grades(judgePort(69, [{ hostname: "0.0.0.0" }], none)), [
    "good: UDP port 69 is free, and may be bound",
  ]);
  const holders = { value: [{ address: "0.0.0.0", inode: 1, process: "dnsmasq (process 7)" }] };
  const taken = judgePort(69, [{ hostname: "0.0.0.0", error: "EADDRINUSE" }], holders);
  assertEquals(grades(taken), [
    "fault: UDP port 69 is in use: dnsmasq (process 7) on 0.0.0.0",
  ]);
  const forbidden = judgePort(69, [{ hostname: "0.0.0.0", error: "EACCES" }], none);
  assertEquals(grades(forbidden), ["fault: this user may not bind port 69"]);
  assertStringIncludes(forbidden[0]!.advice!, "CAP_NET_BIND_SERVICE");
});

Deno.test("judgePort forgives a machine without IPv6", () => {
  const trials = [{ hostname: "0.0.0.0" }, { hostname: "::", error: "EAFNOSUPPORT" }];
  assertEquals(judgePort(69, trials, { value: [] })[0]!.grade, "good");
});

Deno.test("judgeAddresses tells where clients reach the server", () => {
  const own = { value: [LOOPBACK, LAN] };
  assertEquals(grades(judgeAddresses(own, [], false)), [
    "good: clients reach it at 192.0.2.1 (eth0)",
  ]);
  assertEquals(judgeAddresses(own, ["127.0.0.1"], false)[0]!.grade, "warning");
  assertEquals(grades(judgeAddresses(own, ["192.0.2.7"], false)), [
    "fault: 192.0.2.7 is no address of this machine",
  ]);
});

Deno.test("judgeAddresses warns of answers from another address than the asked one", () => {
  const own = { value: [LAN, { ...LAN, name: "eth1", address: "198.51.100.1" }] };
  const checks = (native: boolean) => judgeAddresses(own, [], native).map(({ check }) => check);
  assertEquals(checks(false), ["addresses", "source address"]);
  assertEquals(checks(true), ["addresses"]);
});

Deno.test("judgeFirewall reads the rules of nft and iptables", () => {
  const cases: readonly [program: "nft" | "iptables", text: string, grade: string][] = [
    ["nft", "", "good"],
    ["nft", "type filter hook input priority 0; policy drop;", "fault"],
    ["nft", "hook input priority 0; policy drop;\n udp dport 69 accept", "good"],
    ["nft", "hook input priority 0; policy accept;\n udp dport { 53, 69 } drop", "fault"],
    ["iptables", "-P INPUT ACCEPT", "good"],
    ["iptables", "-P INPUT DROP", "fault"],
    ["iptables", "-P INPUT DROP\n-A INPUT -p udp -m udp --dport 69 -j ACCEPT", "good"],
  ];
  for (const [program, text, grade] of cases) {
    assertEquals(judgeFirewall({ value: { program, text } }, 69)[0]!.grade, grade, text);
  }
});

Deno.test("judgeBuffers counts the requests that a buffer holds", () => {
  const buffers = { value: { standard: 212_992, most: 4_194_304 } };
  const few = judgeBuffers(buffers, { maxTransfers: 2000, native: false })[0]!;
  assertStringIncludes(few.seen, "about 277 requests that come at once");
  assertEquals(few.advice?.includes("net.core.rmem_default=1536000"), true);
  assertEquals(judgeBuffers(buffers, { maxTransfers: 2000, native: true })[0]!.grade, "good");
});

Deno.test("judgeRights says what another user may not do, by the permissions alone", () => {
  const files = [entry("a", 0o644), entry("b", 0o600)];
  assertEquals(grades(judgeRights(tour(files), { user: NOBODY, uploads: false })), [
    'warning: user tftp may not read "b"',
  ]);
  const uploads = judgeRights(tour([]), { user: NOBODY, uploads: true });
  assertEquals(uploads.map(({ check, grade }) => `${check} ${grade}`), [
    "rights good",
    "upload rights fault",
  ]);
  const closed = tour([], { above: [entry("/srv", 0o700, "folder")] });
  assertEquals(grades(judgeRights(closed, { user: NOBODY, uploads: false })), [
    'fault: user tftp may not enter "/srv"',
  ]);
});

Deno.test("judgeNames tells of links that leave, and of names that differ in case", () => {
  const found = judgeNames(
    tour([entry("Boot/BCD", 0o644), entry("boot/bcd", 0o644)], { leaving: ["out"] }),
    false,
  );
  assertEquals(grades(found), [
    'warning: links that leave the folder are never served: "out"',
    'note: names that differ only in upper and lower case: "Boot/BCD and boot/bcd"',
  ]);
});

Deno.test("judgeSpace looks at the disk for uploads only", () => {
  const little = { value: 5_000_000 };
  assertEquals(judgeSpace(little, { uploads: false, largestUpload: undefined }), []);
  const [found] = judgeSpace(little, { uploads: true, largestUpload: undefined });
  assertEquals([found!.grade, found!.seen], ["warning", "the disk has 5 MB free for uploads"]);
});

Deno.test("judgeClock tells a clock that is behind", () => {
  const clock = { nowMs: 1_790_000_000_000, said: "now" };
  assertEquals(judgeClock(clock, tour([]))[0]!.grade, "good");
  assertEquals(judgeClock({ ...clock, nowMs: 0 }, tour([]))[0]!.grade, "warning");
  const young = { ...entry("f", 0o644), modifiedMs: clock.nowMs + 3_600_000 };
  assertStringIncludes(judgeClock(clock, tour([young]))[0]!.seen, '"f" is younger');
});

Deno.test("dhcpLines writes the lines of the three DHCP servers", () => {
  const known = { address: "192.0.2.1", file: "grubx64.efi" };
  assertEquals(dhcpLines(known).flatMap(({ lines }) => lines), [
    "next-server 192.0.2.1",
    "filename    grubx64.efi",
    "dhcp-boot=grubx64.efi,,192.0.2.1",
    "next-server 192.0.2.1;",
    'filename "grubx64.efi";',
    '"next-server": "192.0.2.1",',
    '"boot-file-name": "grubx64.efi"',
  ]);
});

Deno.test("dhcpLines marks values that are only examples", () => {
  const [first] = dhcpLines({});
  assertEquals(first!.lines, [
    "next-server 192.0.2.1  (example: use this machine's address)",
    "filename    pxelinux.0  (example: use the file that your machines boot)",
  ]);
});

Deno.test("machineVerdict tells faults of the network from those of files", () => {
  const base = { topic: "machine", seen: "x" } as const;
  const outcome = (check: string) =>
    machineVerdict([{ ...base, check, grade: "fault" }], "tftp serve .").outcome;
  assertEquals([outcome("port"), outcome("rights")], ["port", "local"]);
  const fine = machineVerdict(judgeStandardPort(6969), "tftp serve .");
  assertEquals([fine.outcome, fine.grade], ["fine", "warning"]);
});
