/**
 * A UDP socket for a test: it sends any bytes and receives every answer. Silence is tested without
 * waiting: after a packet that must not be answered comes one that is, and the next answer must
 * belong to the latter.
 */

import { assertEquals } from "@std/assert";
import {
  type Address,
  describePacket,
  encodePacket,
  Opcode,
  type Option,
  type Packet,
  packetIn,
  type RequestPacket,
} from "../../../src/protocol/mod.ts";
import { within } from "../sim/within.ts";

/** A datagram that has arrived. */
export interface Heard {
  readonly bytes: Uint8Array;
  /** Undefined when the bytes are no packet. */
  readonly packet: Packet | undefined;
  readonly from: Deno.NetAddr;
}

/** What can be sent: a packet, raw bytes, or a text of which each character is a byte. */
export type Content = Packet | Uint8Array | string;

/** A port of the address the socket is bound to, or any address. */
export type Target = number | Address;

export class RawClient implements AsyncDisposable {
  readonly #socket: Deno.DatagramConn;
  readonly #heard: Heard[] = [];
  readonly #loop: Promise<void>;
  #notify = () => {};

  /** Binds a free port; `hostname` is any of this machine's loopback addresses. */
  constructor(hostname = "127.0.0.1") {
    this.#socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    this.#loop = this.#listen();
  }

  get address(): Deno.NetAddr {
    return this.#socket.addr as Deno.NetAddr;
  }

  get port(): number {
    return this.address.port;
  }

  async send(content: Content, to: Target): Promise<void> {
    const { hostname } = this.address;
    const target = typeof to === "number" ? { hostname, port: to } : to;
    await this.#socket.send(bytesOf(content), { ...target, transport: "udp" });
  }

  /** The next datagram, whoever sent it. */
  async next(): Promise<Heard> {
    while (this.#heard.length === 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#notify = resolve;
      await within(promise, "a datagram for the raw client");
    }
    return this.#heard.shift()!;
  }

  /** The next datagram must be this packet, as `describePacket` tells it; returns its sender. */
  async expect(description: string): Promise<Deno.NetAddr> {
    const heard = await this.next();
    assertEquals(describe(heard), description);
    return heard.from;
  }

  /** Sends, and expects the answer; returns the answer's sender. */
  async ask(content: Content, to: Target, description: string): Promise<Deno.NetAddr> {
    await this.send(content, to);
    return await this.expect(description);
  }

  /** Sends again and again until there is an answer, as a client does that loses packets. */
  async insist(content: Content, to: Target): Promise<Heard> {
    await this.send(content, to);
    const repeat = setInterval(() => this.send(content, to), 30);
    try {
      return await this.next();
    } finally {
      clearInterval(repeat);
    }
  }

  /** Fetches a whole file, block by block. */
  async fetch(request: RequestPacket, to: Target): Promise<Uint8Array> {
    const blksize = Number(request.options.find(({ name }) => name === "blksize")?.value ?? 512);
    await this.send(request, to);
    const parts: Uint8Array[] = [];
    let length = 0;
    let next = 1;
    for (;;) {
      const { packet, from, bytes } = await this.next();
      if (packet?.opcode === Opcode.OACK) {
        await this.send(ack(0), from);
        continue;
      }
      if (packet?.opcode !== Opcode.DATA) throw new Error(`no DATA but ${describe({ bytes })}`);
      // A block that was sent twice, because this side was slow.
      if (packet.block !== next) continue;
      next = (next + 1) & 0xffff;
      parts.push(packet.payload);
      length += packet.payload.length;
      await this.send(ack(packet.block), from);
      if (packet.payload.length < blksize) return join(parts, length);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await this.#loop;
  }

  async #listen(): Promise<void> {
    for (;;) {
      try {
        const [bytes, from] = await this.#socket.receive();
        this.#heard.push({ bytes, packet: packetIn(bytes), from: from as Deno.NetAddr });
      } catch {
        return;
      }
      this.#notify();
    }
  }
}

export function rrq(filename: string, options: Record<string, string | number> = {}) {
  return request(Opcode.RRQ, filename, options);
}

export function wrq(filename: string, options: Record<string, string | number> = {}) {
  return request(Opcode.WRQ, filename, options);
}

export function data(block: number, payload: Uint8Array | string = ""): Packet {
  const bytes = typeof payload === "string" ? latin1(payload) : payload;
  return { opcode: Opcode.DATA, block, payload: bytes };
}

export function ack(block: number): Packet {
  return { opcode: Opcode.ACK, block };
}

export function error(code: number, message: string): Packet {
  return { opcode: Opcode.ERROR, code, message };
}

export function oack(options: Record<string, string | number>): Packet {
  return { opcode: Opcode.OACK, options: optionList(options) };
}

/** A text of which each character up to U+00FF is one byte. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A datagram as text. */
export function describe({ bytes }: Pick<Heard, "bytes">): string {
  const packet = packetIn(bytes);
  return packet ? describePacket(packet) : `no packet: ${bytes.subarray(0, 40)}`;
}

function request(
  opcode: RequestPacket["opcode"],
  filename: string,
  options: Record<string, string | number>,
): RequestPacket {
  const { mode = "octet", ...rest } = options;
  return { opcode, filename, mode: String(mode), options: optionList(rest) };
}

function optionList(options: Record<string, string | number>): Option[] {
  return Object.entries(options).map(([name, value]) => ({ name, value: String(value) }));
}

function bytesOf(content: Content): Uint8Array {
  if (typeof content === "string") return latin1(content);
  return content instanceof Uint8Array ? content : encodePacket(content);
}

function join(parts: Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
