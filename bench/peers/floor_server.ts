/**
 * The floor that nothing on Deno's sockets can get below: a server that receives, counts and sends,
 * and leaves out whatever else one has to do. It answers everybody, believes everything, repeats
 * nothing by itself, keeps every file in memory for ever, and writes one when it has all of it.
 *
 *     deno run -A bench/peers/floor_server.ts HOST PORT ROOT
 *
 * Uploads need options, as all loads here have them.
 */

const PORTS = 32;

/** Room for an upload. */
const MAX_UPLOAD_BYTES = 1 << 26;

interface Transfer {
  peer: Deno.NetAddr;
  file: Uint8Array;
  blksize: number;
  windowsize: number;
  /** Index of the last block that was acknowledged. */
  acked: number;
  /** Where an upload goes, and how many bytes of it have come. */
  path?: string;
  length: number;
}

class Port {
  readonly socket: Deno.DatagramConn;
  readonly transfers = new Map<number, Transfer>();
  readonly #packet = new Uint8Array(4 + 65464);
  readonly #ack = new Uint8Array([0, 4, 0, 0]);

  constructor(hostname: string) {
    this.socket = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    this.#packet[1] = 3;
    void this.#listen();
  }

  async pour({ peer, file, blksize, windowsize, acked }: Transfer): Promise<void> {
    const packet = this.#packet;
    const last = Math.floor(file.length / blksize) + 1;
    for (let index = acked + 1; index <= Math.min(acked + windowsize, last); index++) {
      const payload = file.subarray((index - 1) * blksize, index * blksize);
      packet[2] = index >> 8 & 0xff;
      packet[3] = index & 0xff;
      packet.set(payload, 4);
      await this.socket.send(packet.subarray(0, 4 + payload.length), peer);
    }
  }

  async #listen(): Promise<void> {
    const buffer = new Uint8Array(4 + 65464);
    for (;;) {
      const [packet, from] = await this.socket.receive(buffer);
      const transfer = this.transfers.get((from as Deno.NetAddr).port);
      if (!transfer) continue;
      const number = packet[2]! << 8 | packet[3]!;
      if (packet[1] === 3) await this.#store(packet.subarray(4), number, transfer);
      else {
        transfer.acked += (number - transfer.acked) & 0xffff;
        await this.pour(transfer);
      }
    }
  }

  async #store(payload: Uint8Array, number: number, transfer: Transfer): Promise<void> {
    const { peer, file, blksize, windowsize, path } = transfer;
    const isNext = number === (Math.floor(transfer.length / blksize) + 1 & 0xffff);
    const isLast = payload.length < blksize;
    if (isNext) {
      file.set(payload, transfer.length);
      transfer.length += payload.length;
      transfer.acked++;
      if (isLast) Deno.writeFileSync(path!, file.subarray(0, transfer.length));
      else if (transfer.acked % windowsize > 0) return;
    }
    this.#ack[2] = transfer.acked >> 8 & 0xff;
    this.#ack[3] = transfer.acked & 0xff;
    await this.socket.send(this.#ack, peer);
  }
}

if (import.meta.main) {
  const [hostname = "127.0.0.1", port = "6969", root = "."] = Deno.args;
  const ports = Array.from({ length: PORTS }, () => new Port(hostname));
  const files = new Map<string, Uint8Array>();
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const listening = Deno.listenDatagram({ transport: "udp", hostname, port: Number(port) });
  let turn = 0;
  for await (const [request, from] of listening) {
    const peer = from as Deno.NetAddr;
    const [name = "", , ...words] = decoder.decode(request.subarray(2, -1)).split("\0");
    const wish = (option: string, otherwise: number) =>
      words.includes(option) ? Number(words[words.indexOf(option) + 1]) : otherwise;
    const [blksize, windowsize] = [wish("blksize", 512), wish("windowsize", 1)];
    const answers = ports[turn++ % PORTS]!;
    try {
      const path = `${root}/${name}`;
      const isUpload = request[1] === 2;
      const file = isUpload
        ? new Uint8Array(MAX_UPLOAD_BYTES)
        : files.get(name) ?? Deno.readFileSync(path);
      if (!isUpload) files.set(name, file);
      const transfer = { peer, file, blksize, windowsize, acked: 0, path, length: 0 };
      answers.transfers.set(peer.port, transfer);
      if (words.length === 0 && !isUpload) await answers.pour(transfer);
      else {
        const granted = `blksize\0${blksize}\0windowsize\0${windowsize}\0`;
        await answers.socket.send(encoder.encode(`\0\x06${granted}`), peer);
      }
    } catch {
      await answers.socket.send(encoder.encode("\0\x05\0\x01no\0"), peer);
    }
  }
}
