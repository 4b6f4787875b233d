/**
 * The BPF program that the system runs for each datagram to a port that several sockets share. It
 * picks the socket by the client's address alone, so all ports of a client reach one thread.
 */

import {
  AT_FILTER_CODE,
  AT_FILTER_JF,
  AT_FILTER_JT,
  AT_FILTER_K,
  AT_FPROG_FILTER,
  AT_FPROG_LEN,
  BPF_ALU_AND_K,
  BPF_ALU_MOD_K,
  BPF_ALU_XOR_X,
  BPF_JMP_JA,
  BPF_JMP_JEQ_K,
  BPF_LD_B_ABS,
  BPF_LD_W_ABS,
  BPF_MISC_TAX,
  BPF_RET_A,
  SIZEOF_SOCK_FILTER,
  SIZEOF_SOCK_FPROG,
  SKF_NET_OFF,
  SO_ATTACH_REUSEPORT_CBPF,
  SOL_SOCKET,
} from "./layout.ts";
import { fixedMemory, type System } from "./system.ts";

/** Offset of the first byte of the IP header, and the words of the source address in use. */
const VERSION = SKF_NET_OFF;
const SOURCE4 = SKF_NET_OFF + 12;
const SOURCE6_THIRD = SKF_NET_OFF + 16;
const SOURCE6_LAST = SKF_NET_OFF + 20;

type Instruction = readonly [code: number, k: number, jt?: number, jf?: number];

/**
 * Picks one of `count` sockets, in the order in which they were bound. It uses the whole IPv4
 * address, or the half of an IPv6 address that differs between the machines of a network.
 * Consecutive addresses go to different sockets, since machines that boot together often have such.
 */
export function clientFilter(count: number): readonly Instruction[] {
  return [
    [BPF_LD_B_ABS, VERSION],
    [BPF_ALU_AND_K, 0xf0],
    [BPF_JMP_JEQ_K, 0x40, 0, 2],
    [BPF_LD_W_ABS, SOURCE4],
    // Jumps over the next four instructions, to the remainder.
    [BPF_JMP_JA, 4],
    [BPF_LD_W_ABS, SOURCE6_THIRD],
    [BPF_MISC_TAX, 0],
    [BPF_LD_W_ABS, SOURCE6_LAST],
    [BPF_ALU_XOR_X, 0],
    [BPF_ALU_MOD_K, count],
    [BPF_RET_A, 0],
  ];
}

/** Sets the program for all sockets that share the socket's port; false where that is refused. */
export function attachClientFilter(system: System, fd: number, count: number): boolean {
  const instructions = clientFilter(count);
  const code = new DataView(fixedMemory(instructions.length * SIZEOF_SOCK_FILTER));
  instructions.forEach(([opcode, k, jt = 0, jf = 0], index) => {
    const at = index * SIZEOF_SOCK_FILTER;
    code.setUint16(at + AT_FILTER_CODE, opcode, true);
    code.setUint8(at + AT_FILTER_JT, jt);
    code.setUint8(at + AT_FILTER_JF, jf);
    code.setInt32(at + AT_FILTER_K, k, true);
  });
  const program = new DataView(fixedMemory(SIZEOF_SOCK_FPROG));
  program.setUint16(AT_FPROG_LEN, instructions.length, true);
  const address = system.addressOf(code.buffer);
  program.setBigUint64(AT_FPROG_FILTER, BigInt(address), true);
  const { setsockopt } = system.libc;
  const bytes = new Uint8Array(program.buffer, 0, SIZEOF_SOCK_FPROG);
  const result = setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, bytes, SIZEOF_SOCK_FPROG);
  // Keeps the code from being collected until the system has read it.
  return result === 0 && code.byteLength > 0;
}
