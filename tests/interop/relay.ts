/**
 * Stands between one client and one server and keeps every datagram of one transfer, as a capture
 * on the wire would, without the rights a capture needs.
 *
 * The client knows the relay's port as port 69. Answers come to it from a second port, as they
 * would from the server's own TID (RFC 1350 §4). The two TIDs are told under numbers of the
 * caller's choice, because the kernel may give one that means something else to a reader of the
 * capture: Wireshark takes ports 33434 to 33534 for a traceroute.
 */

/** The numbers under which the TIDs of the two ends are told. */
export interface Tids {
  client: number;
  server: number;
}

/** One datagram and the ports it went between, as the two ends mean them. */
export interface Heard {
  fromPort: number;
  toPort: number;
  payload: Uint8Array;
}

/** A relay at work: `heard` grows until `stop`. */
export interface Relay {
  port: number;
  heard: Heard[];
  stop(): Promise<void>;
}

const LOOPBACK = "127.0.0.1";
const REQUEST_PORT = 69;

/** Starts a relay to a server on the loopback address; it serves one client and one transfer. */
export function startRelay(serverPort: number, told: Tids): Relay {
  const [front, back, tid] = [bind(), bind(), bind()];
  const heard: Heard[] = [];
  let clientPort = 0;
  let serverTid = 0;
  const keep = (fromPort: number, toPort: number, payload: Uint8Array) => {
    heard.push({ fromPort, toPort, payload: payload.slice() });
  };
  const loops = [
    forward(front, async (payload, from) => {
      clientPort = from;
      keep(told.client, REQUEST_PORT, payload);
      await back.send(payload, address(serverPort));
    }),
    forward(back, async (payload, from) => {
      serverTid = from;
      keep(told.server, told.client, payload);
      await tid.send(payload, address(clientPort));
    }),
    forward(tid, async (payload) => {
      keep(told.client, told.server, payload);
      await back.send(payload, address(serverTid));
    }),
  ];
  const stop = async () => {
    for (const socket of [front, back, tid]) socket.close();
    await Promise.all(loops);
  };
  return { port: portOf(front), heard, stop };
}

function bind(): Deno.DatagramConn {
  return Deno.listenDatagram({ transport: "udp", hostname: LOOPBACK, port: 0 });
}

function address(port: number): Deno.NetAddr {
  return { transport: "udp", hostname: LOOPBACK, port };
}

function portOf(socket: Deno.DatagramConn): number {
  return (socket.addr as Deno.NetAddr).port;
}

/** Hands every datagram on until the socket is closed. */
async function forward(
  socket: Deno.DatagramConn,
  handOn: (payload: Uint8Array, fromPort: number) => Promise<void>,
): Promise<void> {
  for await (const [payload, from] of socket) {
    await handOn(payload, (from as Deno.NetAddr).port);
  }
}
