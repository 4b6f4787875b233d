/**
 * The program, on sockets of which one fails for good once it has received the datagram "fail": no
 * test can make the system do that.
 */

const { listenDatagram } = Deno;

Deno.listenDatagram = ((options: Deno.UdpListenOptions & { transport: "udp" }) => {
  const socket = listenDatagram(options);
  const receive = socket.receive.bind(socket);
  let hasFailed = false;
  socket.receive = async (buffer) => {
    if (hasFailed) throw new Error("the socket has failed");
    const [bytes, from] = await receive(buffer);
    hasFailed = new TextDecoder().decode(bytes) === "fail";
    return [bytes, from];
  };
  return socket;
}) as typeof listenDatagram;

await import("../../../main.ts");
