/**
 * TFTP without a network: packets as values, option negotiation, and the machines that turn what
 * happened, and when, into things to do. Nothing here waits, sends, reads or looks at a clock.
 */

export * from "./block_number.ts";
export * from "./error_code.ts";
export * from "./flight.ts";
export * from "./round_trip.ts";
export * from "./machine.ts";
export * from "./netascii.ts";
export * from "./options.ts";
export * from "./packet.ts";
export * from "./receiver.ts";
export * from "./request.ts";
export * from "./sender.ts";
export * from "./text.ts";
export * from "./tid.ts";
export * from "./uri.ts";
