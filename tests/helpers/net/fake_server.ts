/**
 * A TFTP server that a test controls, datagram by datagram: a listening socket, and a TID to answer
 * from.
 */

import { Opcode, type RequestPacket } from "../../../src/protocol/mod.ts";
import { type Content, describe, type Heard, RawClient } from "./raw_client.ts";

export class FakeServer implements AsyncDisposable {
  /** Where requests come. */
  readonly door = new RawClient();
  /** Where answers are sent from. */
  readonly tid = new RawClient();
  /** The client's address and port, as its last request told it. */
  client: Deno.NetAddr | undefined;

  get port(): number {
    return this.door.port;
  }

  /** What a client needs to ask this server. */
  get target(): { host: string; port: number } {
    return { host: "127.0.0.1", port: this.port };
  }

  /** Waits for the next request. */
  async request(): Promise<RequestPacket> {
    const heard: Heard = await this.door.next();
    const { packet, from } = heard;
    if (packet?.opcode !== Opcode.RRQ && packet?.opcode !== Opcode.WRQ) {
      throw new Error(`no request at the listening port but ${describe(heard)}`);
    }
    this.client = from;
    return packet;
  }

  /** Waits for a request and answers it. */
  async answerRequest(content: Content): Promise<RequestPacket> {
    const request = await this.request();
    await this.send(content);
    return request;
  }

  /** Sends from the TID to the client. */
  async send(content: Content): Promise<void> {
    if (!this.client) throw new Error("nobody has asked anything yet");
    await this.tid.send(content, this.client);
  }

  /** The client's next packet to the TID must be this one. */
  async expect(description: string): Promise<void> {
    await this.tid.expect(description);
  }

  /** Sends, and expects the client's answer. */
  async ask(content: Content, description: string): Promise<void> {
    await this.send(content);
    await this.expect(description);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.door[Symbol.asyncDispose]();
    await this.tid[Symbol.asyncDispose]();
  }
}
