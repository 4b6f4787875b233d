/**
 * Messages between a server and its workers: plain values, since class instances can't be posted
 * between threads.
 */

import { type Address, TftpError } from "../protocol/mod.ts";
import type { ServeOptions, ThreadOptions } from "./server.ts";
import { MapFile } from "./map_file.ts";
import type { User } from "../net/native/user.ts";
import type { ManagerVariables } from "./native_thread.ts";
import type { ServePolicy } from "./policy.ts";
import type { HandlerSettings } from "./worker_handlers.ts";
import type { ThreadPlace, ThreadSample } from "./sampler.ts";

/** A policy whose map is the text of its file. */
export type PostedPolicy = Omit<Partial<ServePolicy>, "map"> & {
  readonly map?: MapFile["source"];
};

/** What a worker starts with. */
export interface PostedOptions
  extends
    Pick<ServeOptions, "root" | "port" | "portRange" | "addresses" | "singlePort">,
    Omit<ThreadOptions, "opener" | "compose" | "watch" | "idle"> {
  /** Its place among the threads, where the server is watched. */
  readonly watched?: ThreadPlace;
  readonly policy: PostedPolicy;
  /** Which handlers to use. */
  readonly handlers?: HandlerSettings;
  /** The addresses of the listening sockets of Deno; absent where the worker has its own. */
  readonly listeners?: readonly Address[];
}

/** Messages to a worker. */
export type ToWorker =
  /** Load what native sockets need, while the permission lasts. */
  | { readonly kind: "take"; readonly variables: ManagerVariables }
  /** Give up root. */
  | { readonly kind: "become"; readonly user: User }
  | { readonly kind: "start"; readonly options: PostedOptions }
  /** A datagram of a listening socket. */
  | {
    readonly kind: "datagram";
    readonly listener: number;
    readonly bytes: Uint8Array;
    readonly from: Address;
  }
  /** Start receiving: nothing more will be loaded. */
  | { readonly kind: "release" }
  /** The memory is another one where the policy has another folder for uploads. */
  | {
    readonly kind: "reconfigure";
    readonly policy: PostedPolicy;
    readonly quotaMemory: SharedArrayBuffer;
  }
  | { readonly kind: "shutdown"; readonly drainMs: number }
  /** All workers are idle: close the sockets. */
  | { readonly kind: "close" };

/** Messages from a worker. */
export type FromWorker =
  /** It has loaded what native sockets need. */
  | { readonly kind: "taken"; readonly inherited: readonly string[] }
  /** It has given up root, for the whole process. */
  | { readonly kind: "became" }
  /** It has replaced its policy. */
  | { readonly kind: "reconfigured" }
  /** Its sockets are bound. */
  | { readonly kind: "ready"; readonly root: string; readonly addresses: readonly Address[] }
  /** A datagram for a listening socket to send. */
  | {
    readonly kind: "answer";
    readonly listener: number;
    readonly bytes: Uint8Array;
    readonly to: Address;
  }
  /** Log records, packed, and how many datagrams it has processed. */
  | { readonly kind: "report"; readonly records: string; readonly taken: number }
  /** A sample of the worker. */
  | { readonly kind: "sample"; readonly sample: ThreadSample }
  /** It has failed. */
  | { readonly kind: "failed"; readonly error: PostedError }
  /** Its transfers are over, and its sockets are still open. */
  | { readonly kind: "idle" }
  /** It has shut down. */
  | { readonly kind: "ended" };

/** An error without its class. */
export interface PostedError {
  readonly name: string;
  readonly message: string;
  readonly code?: unknown;
  readonly side?: TftpError["side"];
}

export function toPostedPolicy({ map, ...rest }: Partial<ServePolicy>): PostedPolicy {
  return map ? { ...rest, map: map.source } : rest;
}

export function fromPostedPolicy({ map, ...rest }: PostedPolicy): Partial<ServePolicy> {
  return map ? { ...rest, map: new MapFile(map.text, map.path) } : rest;
}

export function toPostedError(error: unknown): PostedError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message } = error;
  if (error instanceof TftpError) return { name, message, code: error.code, side: error.side };
  const code = (error as { code?: unknown }).code;
  return typeof code === "number" ? { name, message, code } : { name, message };
}

/** A TftpError becomes one again; other errors are told apart by name. */
export function fromPostedError({ name, message, code, side }: PostedError): Error {
  if (side !== undefined) return new TftpError(side, Number(code), message);
  return Object.assign(new Error(message), code === undefined ? { name } : { name, code });
}
