import { assertEquals } from "@std/assert";
import { ipBytes } from "../../../src/net/ip_address.ts";
import { clientFilter } from "../../../src/net/native/client_filter.ts";
import { sharerOf } from "../../../src/server/shard.ts";
import * as layout from "../../../src/net/native/layout.ts";

/** Runs the program as the system would, on the IP header of a datagram from `source`. */
function socketOf(source: string, count: number): number {
  const bytes = ipBytes(source)!;
  const header = new DataView(new ArrayBuffer(40));
  header.setUint8(0, bytes.length === 4 ? 0x45 : 0x60);
  bytes.forEach((byte, at) => header.setUint8((bytes.length === 4 ? 12 : 8) + at, byte));
  const program = clientFilter(count);
  let a = 0;
  let x = 0;
  for (let at = 0;; at++) {
    const [code, k, jt = 0, jf = 0] = program[at]!;
    const offset = k - layout.SKF_NET_OFF;
    if (code === layout.BPF_LD_B_ABS) a = header.getUint8(offset);
    else if (code === layout.BPF_LD_W_ABS) a = header.getUint32(offset);
    else if (code === layout.BPF_ALU_AND_K) a = (a & k) >>> 0;
    else if (code === layout.BPF_ALU_XOR_X) a = (a ^ x) >>> 0;
    else if (code === layout.BPF_ALU_MOD_K) a %= k;
    else if (code === layout.BPF_MISC_TAX) x = a;
    else if (code === layout.BPF_JMP_JA) at += k;
    else if (code === layout.BPF_JMP_JEQ_K) at += a === k ? jt : jf;
    else if (code === layout.BPF_RET_A) return a;
    else throw new Error(`instruction ${code}`);
  }
}

Deno.test("clientFilter() lets addresses that follow each other go round", () => {
  const last = [1, 2, 3, 4, 5, 6];
  assertEquals(last.map((byte) => socketOf(`10.0.0.${byte}`, 3)), [2, 0, 1, 2, 0, 1]);
  assertEquals(last.map((byte) => socketOf(`2001:db8::${byte}`, 3)), [1, 2, 0, 1, 2, 0]);
});

Deno.test("clientFilter() uses all of an IPv4 address, and IPv6's interface identifier", () => {
  assertEquals(socketOf("250.1.2.3", 7), (250 * 2 ** 24 + 0x010203) % 7);
  assertEquals(socketOf("2001:db8::a:b:c:d", 7), (0x000a000b ^ 0x000c000d) % 7);
});

Deno.test("sharerOf() names the socket that the program picks", () => {
  const sources = [
    "10.0.0.9",
    "250.1.2.3",
    "0.0.0.0",
    "2001:db8::a:b:c:d",
    "::1",
    "fe80::8000:0:1",
  ];
  for (const source of sources) {
    for (const count of [2, 3, 7]) {
      assertEquals(sharerOf(source, count), socketOf(source, count), `${source} of ${count}`);
    }
    assertEquals(sharerOf(`${source}%eth0`, 7), socketOf(source, 7));
  }
  assertEquals(sharerOf("::ffff:10.0.0.9", 7), socketOf("10.0.0.9", 7));
});
