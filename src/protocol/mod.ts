/**
 * TFTP without a network: packets as values, option negotiation, and the machines that turn what
 * happened, and when, into things to do. Nothing here waits, sends, reads or looks at a clock.
 *
 * A sender of a short file, told by hand what happens to it:
 *
 * ```ts
 * import { Opcode, PLAIN_AGREEMENT, Sender, SERVER_TIMING } from "@tftp/tftp/protocol";
 *
 * const sender = new Sender(PLAIN_AGREEMENT, { timing: SERVER_TIMING });
 * const [read] = sender.start(0);
 * if (read?.kind !== "read") throw new Error("first it wants the file");
 * const [data] = sender.loaded(5, 0);
 * if (data?.kind !== "data") throw new Error("then it sends a block");
 * const [end] = sender.receive({ opcode: Opcode.ACK, block: 1 }, 20);
 * if (end?.kind !== "finish" || sender.bytes !== 5) throw new Error("and then it is done");
 * ```
 *
 * @module
 */

export * from "./block_number.ts";
export type { DallySettings } from "./dally.ts";
export * from "./error_code.ts";
export * from "./flight.ts";
export * from "./round_trip.ts";
export * from "./machine.ts";
export * from "./netascii.ts";
export * from "./options.ts";
export * from "./packet.ts";
export { DEFAULT_RECEIVE_BUFFER_BYTES, maxWindowsizeFor } from "./receive_window.ts";
export * from "./receiver.ts";
export * from "./request.ts";
export * from "./sender.ts";
export { decodeText, encodeText, hasEscapes } from "./text.ts";
export * from "./tid.ts";
export type * from "./transfer_settings.ts";
export * from "./uri.ts";
