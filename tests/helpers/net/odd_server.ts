/**
 * A server for downloads with one flaw that a test must find; everything else follows the RFCs,
 * windows included. It retransmits by a timer, and never because of a repeated ACK.
 */

import {
  decodePacket,
  encodePacket,
  Opcode,
  type Option,
  type Packet,
  packetIn,
  type RequestPacket,
} from "../../../src/protocol/mod.ts";

/** What is wrong with it. */
export type Flaw =
  | "nothing"
  | "silent"
  | "source address"
  | "source port"
  | "raised options"
  | "options unanswered"
  | "small MTU"
  | "no wrap"
  | "single port"
  | "ERROR without end"
  | "ERROR again"
  | "sorcerer";

/** Longer datagrams get lost on the way to and from a server with the flaw `small MTU`. */
export const SMALL_MTU_PAYLOAD = 1000;

const RESEND_MS = 400;
const RESENDS = 5;

type Udp = Deno.DatagramConn;

export class OddServer implements AsyncDisposable {
  readonly #flaw: Flaw;
  readonly #file: Uint8Array;
  readonly #door: Udp;
  readonly #sockets = new Set<Udp>();
  readonly #loops: Promise<void>[] = [];
  readonly #transfers = new Map<string, OddTransfer>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #closed = false;
  /** Requests that have come. */
  requests = 0;

  constructor(flaw: Flaw, file: Uint8Array) {
    this.#flaw = flaw;
    this.#file = file;
    this.#door = this.#bind("127.0.0.1", (bytes, from) => this.#hear(bytes, from));
  }

  get port(): number {
    return (this.#door.addr as Deno.NetAddr).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const socket of this.#sockets) socket.close();
    await Promise.all(this.#loops);
  }

  #bind(hostname: string, take: (bytes: Uint8Array, from: Deno.NetAddr) => void): Udp {
    const socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    this.#sockets.add(socket);
    this.#loops.push(listen(socket, take));
    return socket;
  }

  #hear(bytes: Uint8Array, from: Deno.NetAddr): void {
    const packet = packetIn(bytes);
    const transfer = this.#transfers.get(`${from.hostname} ${from.port}`);
    if (packet?.opcode !== Opcode.RRQ) return transfer?.hear(bytes, from);
    this.requests++;
    if (this.#flaw === "silent") return;
    if (packet.options.length > 0 && this.#flaw === "options unanswered") return;
    if (packet.filename !== "file") return this.#refuse(from, 1, "No such file");
    if (packet.mode !== "octet") return this.#refuse(from, 4, "Only octet is served");
    this.#begin(packet, from);
  }

  #begin(request: RequestPacket, from: Deno.NetAddr): void {
    const hostname = this.#flaw === "source address" ? "127.0.0.2" : "127.0.0.1";
    const own = this.#flaw === "single port"
      ? this.#door
      : this.#bind(hostname, (bytes, sender) => transfer.hear(bytes, sender));
    const other = this.#flaw === "source port" ? this.#bind(hostname, () => {}) : own;
    const transfer: OddTransfer = new OddTransfer(request, this.#file, {
      ...{ flaw: this.#flaw, client: from },
      send: (packet, index) => this.#send(index > 1 ? other : own, packet, from),
      later: (ms, callback) => this.#later(ms, callback),
      isSinglePort: own === this.#door,
    });
    this.#transfers.set(`${from.hostname} ${from.port}`, transfer);
    transfer.begin();
  }

  #refuse(to: Deno.NetAddr, code: number, message: string): void {
    const hostname = this.#flaw === "source address" ? "127.0.0.2" : "127.0.0.1";
    const socket = this.#flaw === "single port" ? this.#door : this.#bind(hostname, () => {});
    const packet = encodePacket({ opcode: Opcode.ERROR, code, message });
    const bytes = this.#flaw === "ERROR without end" ? packet.subarray(0, -1) : packet;
    const send = () => void socket.send(bytes, to).catch(() => {});
    send();
    if (this.#flaw !== "ERROR again") return;
    for (const ms of [20, 40, 60]) this.#later(ms, send);
  }

  #send(socket: Udp, packet: Packet, to: Deno.NetAddr): void {
    const bytes = encodePacket(packet);
    if (this.#flaw === "small MTU" && bytes.length > SMALL_MTU_PAYLOAD) return;
    if (!this.#closed) void socket.send(bytes, to).catch(() => {});
  }

  #later(ms: number, callback: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      callback();
    }, ms);
    this.#timers.add(timer);
  }
}

interface Way {
  readonly flaw: Flaw;
  readonly client: Deno.NetAddr;
  readonly isSinglePort: boolean;
  /** Block 0 is the OACK. */
  send(packet: Packet, index: number): void;
  later(ms: number, callback: () => void): void;
}

/** One file on its way: RFC 7440 with a window of one where none was asked for. */
class OddTransfer {
  readonly #request: RequestPacket;
  readonly #file: Uint8Array;
  readonly #way: Way;
  #blksize = 512;
  #windowsize = 1;
  #granted: Option[] = [];
  #acknowledged = 0;
  #over = false;
  #resends = 0;
  #turn = 0;

  constructor(request: RequestPacket, file: Uint8Array, way: Way) {
    this.#request = request;
    this.#file = file;
    this.#way = way;
  }

  begin(): void {
    for (const { name, value } of this.#request.options) this.#grant(name, Number(value));
    this.#acknowledged = this.#granted.length > 0 ? -1 : 0;
    this.#sendWindow();
  }

  hear(bytes: Uint8Array, from: Deno.NetAddr): void {
    const { client } = this.#way;
    if (this.#over) return;
    if (from.port !== client.port || from.hostname !== client.hostname) {
      if (!this.#way.isSinglePort) return;
    }
    const packet = decodePacket(bytes);
    if (packet.opcode === Opcode.ERROR) this.#over = true;
    if (packet.opcode !== Opcode.ACK) return;
    const last = Math.min(this.#acknowledged + this.#windowsize, this.#blocks);
    const index = nearest(packet.block, Math.max(0, this.#acknowledged));
    const repeated = index === this.#acknowledged && this.#windowsize === 1;
    if (repeated && this.#way.flaw !== "sorcerer") return;
    if (index < this.#acknowledged || index > Math.max(0, last)) return;
    this.#acknowledged = index;
    this.#resends = 0;
    if (index === this.#blocks) this.#over = true;
    else this.#sendWindow();
  }

  get #blocks(): number {
    return Math.floor(this.#file.length / this.#blksize) + 1;
  }

  #grant(name: string, asked: number): void {
    const raised = this.#way.flaw === "raised options" ? 1 : 0;
    const key = name.toLowerCase();
    if (key === "blksize" && asked >= 8 && asked <= 65464) {
      this.#blksize = asked + raised;
      this.#granted.push({ name, value: String(this.#blksize) });
    } else if (key === "windowsize" && asked >= 1) {
      this.#windowsize = Math.min(asked, 64) + raised;
      this.#granted.push({ name, value: String(this.#windowsize) });
    } else if (key === "tsize" && this.#request.mode === "octet") {
      this.#granted.push({ name, value: String(this.#file.length) });
    }
  }

  #sendWindow(): void {
    const turn = ++this.#turn;
    if (this.#acknowledged < 0) {
      this.#way.send({ opcode: Opcode.OACK, options: this.#granted }, 0);
    }
    const last = this.#acknowledged < 0
      ? -1
      : Math.min(this.#acknowledged + this.#windowsize, this.#blocks);
    for (let index = this.#acknowledged + 1; index <= last; index++) {
      if (this.#way.flaw === "no wrap" && index > 65535) return;
      const from = (index - 1) * this.#blksize;
      const payload = this.#file.subarray(from, from + this.#blksize);
      this.#way.send({ opcode: Opcode.DATA, block: index % 65536, payload }, index);
    }
    this.#way.later(RESEND_MS, () => {
      if (turn !== this.#turn || this.#over || ++this.#resends > RESENDS) return;
      this.#sendWindow();
    });
  }
}

function nearest(wire: number, reference: number): number {
  let distance = (wire - reference) % 65536;
  if (distance > 32768) distance -= 65536;
  if (distance < -32768) distance += 65536;
  return reference + distance;
}

async function listen(
  socket: Udp,
  take: (bytes: Uint8Array, from: Deno.NetAddr) => void,
): Promise<void> {
  for (;;) {
    try {
      const [bytes, from] = await socket.receive();
      take(bytes, from as Deno.NetAddr);
    } catch {
      return;
    }
  }
}
