/** A request as its handler sees it: what the client sent, and how the server reads it. Pure. */

import {
  type Address,
  ErrorCode,
  type Mode,
  Opcode,
  type Option,
  type RequestPacket,
  TftpError,
} from "../protocol/mod.ts";
import { plainHostname } from "../engine/address.ts";
import type { FileRequest, Naming, Writing } from "../engine/handler.ts";
import { namingFor, type ServePolicy, writingFor } from "./policy.ts";
import type { AdmittedRequest } from "./transfer_settings.ts";

/** Values are computed when a handler reads them: most requests need only a few. */
export class ServedRequest implements FileRequest {
  /** The request as it is to be answered. */
  readonly packet: RequestPacket;
  readonly mode: Mode;
  readonly #admitted: AdmittedRequest;
  readonly #policy: ServePolicy;
  #isCancelled = false;
  #callbacks: (() => void)[] | undefined;

  /** Throws a local {@linkcode TftpError} for an unknown mode. */
  constructor(admitted: AdmittedRequest, policy: ServePolicy) {
    const { packet, withoutOptions } = admitted;
    this.packet = withoutOptions ? { ...packet, options: [] } : packet;
    this.mode = modeOf(packet);
    this.#admitted = admitted;
    this.#policy = policy;
  }

  /** For the server; handlers see the rest. */
  get admitted(): AdmittedRequest {
    return this.#admitted;
  }

  get direction(): "get" | "put" {
    return this.packet.opcode === Opcode.RRQ ? "get" : "put";
  }

  get client(): Address {
    const { hostname, port } = this.#admitted.client;
    return { hostname: plainHostname(hostname), port };
  }

  get name(): string {
    return this.#admitted.filename;
  }

  get askedName(): string {
    return this.packet.filename;
  }

  get options(): readonly Option[] {
    return this.packet.options;
  }

  get announcedBytes(): number | undefined {
    if (this.packet.opcode !== Opcode.WRQ) return undefined;
    const option = this.packet.options.find(({ name }) => name.toLowerCase() === "tsize");
    return option && /^\d{1,15}$/.test(option.value) ? Number(option.value) : undefined;
  }

  get naming(): Naming {
    return namingFor(this.#policy, this.#admitted.client.hostname);
  }

  get writing(): Writing {
    return writingFor(this.#policy, this.#admitted.client.hostname);
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  onCancel(callback: () => void): void {
    if (this.#isCancelled) callback();
    else (this.#callbacks ??= []).push(callback);
  }

  /** The client no longer waits for the file. */
  cancel(): void {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    const callbacks = this.#callbacks ?? [];
    this.#callbacks = undefined;
    for (const callback of callbacks) callback();
  }
}

/** Whether two requests are identical. */
export function isSameRequest(one: RequestPacket, other: RequestPacket): boolean {
  return one.opcode === other.opcode && one.filename === other.filename &&
    one.mode === other.mode && JSON.stringify(one.options) === JSON.stringify(other.options);
}

function modeOf(request: RequestPacket): Mode {
  const mode = request.mode.toLowerCase();
  if (mode === "octet" || mode === "netascii") return mode;
  // RFC 1350 §1: "mail" is obsolete.
  throw new TftpError("local", ErrorCode.IllegalOperation, "Mode is neither octet nor netascii");
}
