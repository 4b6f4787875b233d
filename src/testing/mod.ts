/**
 * For tests of programs that speak TFTP: a network in memory between real servers and clients, and
 * sockets, clocks and files that a test moves by hand. Nothing here needs a permission.
 *
 * A machine under test that can't be given a network of this kind is asked over a real socket: see
 * examples/test_double.ts.
 *
 * @module
 */

export type { Address, Blocks, Packet } from "../protocol/mod.ts";
export type { Clock, Ticking } from "../engine/clock.ts";
export type { Sink, Source } from "../engine/source_sink.ts";
export type { BindOptions, DatagramHandler, Network, Peer, Socket } from "../engine/network.ts";
export type { FaultSpec } from "../instruments/fault_plan.ts";
export { FaultyNetwork } from "../instruments/faulty_network.ts";
export { MemoryLan } from "./memory_lan.ts";
export {
  ManualClock,
  MemoryNetwork,
  MemorySink,
  MemorySocket,
  MemorySource,
} from "./memory_network.ts";
