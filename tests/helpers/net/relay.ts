/**
 * A bad network between real sockets: it stands before one server, and any number of clients may
 * ask it as if it were that server. What happens to datagrams is decided by the links of the
 * simulation, from a seed.
 *
 *     client:C ──▶ front            ──▶ back of C ──▶ server:69
 *     client:C ◀── face of (C, S)   ◀── back of C ◀── server:S
 *
 * TIDs stay apart: each client has a port of its own towards the server, and each TID of the server
 * has one towards each client. So a stranger stays a stranger, and a second transfer a second one.
 */

import { Prng } from "../sim/prng.ts";
import { RealTime } from "../sim/real_time.ts";
import { Link, type LinkCounts, type LinkSettings } from "../sim/sim_network.ts";

export interface RelaySettings {
  /** The server's listening address. */
  readonly server: { readonly hostname: string; readonly port: number };
  readonly toServer: LinkSettings;
  readonly toClient: LinkSettings;
  readonly seed: number;
}

/** How the relay looks to one client. */
interface Lane {
  readonly client: Deno.NetAddr;
  readonly back: Deno.DatagramConn;
  /** By the server's TID. */
  readonly faces: Map<number, Deno.DatagramConn>;
}

const LOOPBACK = "127.0.0.1";

export class Relay implements AsyncDisposable {
  readonly #settings: RelaySettings;
  readonly #time = new RealTime();
  readonly #toServer: Link;
  readonly #toClient: Link;
  readonly #front = bind();
  readonly #lanes = new Map<string, Lane>();
  readonly #sockets: Deno.DatagramConn[] = [];
  readonly #loops: Promise<void>[] = [];

  constructor(settings: RelaySettings) {
    const prng = new Prng(settings.seed);
    this.#settings = settings;
    this.#toServer = new Link(settings.toServer, this.#time, prng);
    this.#toClient = new Link(settings.toClient, this.#time, prng);
    this.#serve(this.#front, (bytes, from) => {
      const { back } = this.#laneOf(from);
      const { hostname, port } = this.#settings.server;
      this.#pass(this.#toServer, bytes, { by: back, to: address(hostname, port) });
    });
  }

  /** The port of 127.0.0.1 that clients ask. */
  get port(): number {
    return (this.#front.addr as Deno.NetAddr).port;
  }

  /** What has happened to the datagrams so far. */
  get counts(): { readonly toServer: LinkCounts; readonly toClient: LinkCounts } {
    return { toServer: this.#toServer.counts, toClient: this.#toClient.counts };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#time.stop();
    for (const socket of this.#sockets) socket.close();
    await Promise.all(this.#loops);
  }

  #laneOf(client: Deno.NetAddr): Lane {
    const key = `${client.hostname} ${client.port}`;
    const known = this.#lanes.get(key);
    if (known) return known;
    const lane: Lane = { client, back: bind(), faces: new Map() };
    this.#lanes.set(key, lane);
    this.#serve(lane.back, (bytes, from) => {
      if (from.hostname !== this.#settings.server.hostname) return;
      const by = from.port === this.#settings.server.port ? this.#front : this.#faceOf(lane, from);
      this.#pass(this.#toClient, bytes, { by, to: client });
    });
    return lane;
  }

  #faceOf(lane: Lane, server: Deno.NetAddr): Deno.DatagramConn {
    const known = lane.faces.get(server.port);
    if (known) return known;
    const face = bind();
    lane.faces.set(server.port, face);
    this.#serve(face, (bytes, from) => {
      if (from.port !== lane.client.port || from.hostname !== lane.client.hostname) return;
      this.#pass(this.#toServer, bytes, { by: lane.back, to: server });
    });
    return face;
  }

  #pass(link: Link, bytes: Uint8Array, way: { by: Deno.DatagramConn; to: Deno.NetAddr }): void {
    // A peer that is gone, or a relay that is being closed: the datagram is lost.
    link.send(bytes, (copy) => void way.by.send(copy, way.to).catch(() => {}));
  }

  #serve(
    socket: Deno.DatagramConn,
    take: (bytes: Uint8Array, from: Deno.NetAddr) => void,
  ): void {
    this.#sockets.push(socket);
    this.#loops.push(listen(socket, take));
  }
}

function bind(): Deno.DatagramConn {
  return Deno.listenDatagram({ transport: "udp", hostname: LOOPBACK, port: 0 });
}

function address(hostname: string, port: number): Deno.NetAddr {
  return { transport: "udp", hostname, port };
}

/** Receives until the socket is closed. */
async function listen(
  socket: Deno.DatagramConn,
  take: (bytes: Uint8Array, from: Deno.NetAddr) => void,
): Promise<void> {
  const buffer = new Uint8Array(65_536);
  for (;;) {
    let received;
    try {
      received = await socket.receive(buffer);
    } catch {
      return;
    }
    take(received[0].slice(), received[1] as Deno.NetAddr);
  }
}
