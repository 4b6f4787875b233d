/**
 * A worker of a server, in a thread of its own: a complete server, with everything that is known of
 * its clients. With the sockets of Deno, the first thread posts it the datagrams of the listening
 * sockets.
 */

import { serverNetwork } from "../net/deno/server_network.ts";
import { PostedNetwork } from "../net/posted/posted_network.ts";
import { type Server, serveThread } from "./server.ts";
import type { LogRecord } from "./log_record.ts";
import type { ManagerVariables, NativeThread } from "./native_thread.ts";
import { packRecord } from "./packed_records.ts";
import type { ServePolicy } from "./policy.ts";
import type { Compose, HandlerSettings } from "./worker_handlers.ts";
import type { ThreadSample } from "./sampler.ts";
import {
  fromPostedPolicy,
  type FromWorker,
  type PostedOptions,
  toPostedError,
  type ToWorker,
} from "./worker_messages.ts";

/** How long log records are collected: one message costs as much as ten lines. */
const REPORT_MS = 20;
/** So many are reported at once: more than a busy server has in that time. */
const REPORT_RECORDS = 1000;

/** The global scope of a worker. */
interface WorkerScope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}
const scope = globalThis as unknown as WorkerScope;

/** Collects what the first thread should know. */
class Reporter {
  /** Packed, since objects that are kept so long cost V8 more than their text. */
  #records: string[] = [];
  #taken = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  add(record: LogRecord): void {
    this.#records.push(packRecord(record));
    if (this.#records.length >= REPORT_RECORDS) this.flush();
    else this.#soon();
  }

  taken(): void {
    this.#taken++;
    this.#soon();
  }

  /** After the log records of the same time. */
  sampled(sample: ThreadSample): void {
    if (this.#timer !== undefined) this.flush();
    scope.postMessage({ kind: "sample", sample });
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    scope.postMessage({
      kind: "report",
      records: this.#records.join(""),
      taken: this.#taken,
    });
    this.#records = [];
    this.#taken = 0;
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => this.flush(), REPORT_MS);
  }
}

const reporter = new Reporter();
let posted: PostedNetwork | undefined;
let native: NativeThread | undefined;
let server: Server;
/** Closes the sockets, once the transfers are over. */
let close = () => {};
/** Messages that wait until the handlers are loaded: as many as may be in flight. */
let held: ToWorker[] | undefined;

function receive(message: ToWorker): void {
  switch (message.kind) {
    case "take":
      return void take(message.variables).catch(fail);
    case "become":
      native!.becomeUser(message.user);
      return scope.postMessage({ kind: "became" });
    case "release":
      return native!.release();
    case "start":
      return message.options.handlers
        ? void startComposed(message.options, message.options.handlers).catch(fail)
        : start(message.options);
    case "datagram":
      return posted!.deliver(message.listener, message.bytes, message.from);
    case "reconfigure":
      reconfigure(fromPostedPolicy(message.policy), message.quotaMemory);
      return scope.postMessage({ kind: "reconfigured" });
    case "shutdown":
      return void end(message.drainMs).catch(fail);
    case "close":
      close();
  }
}

/** Loaded only where needed. The loop waits until the permission for it was given up. */
async function take(variables: ManagerVariables): Promise<void> {
  const { NativeThread } = await import("./native_thread.ts");
  native = new NativeThread(variables);
  scope.postMessage({ kind: "taken", inherited: native.inherited });
}

function reconfigure(policy: Partial<ServePolicy>, quotaMemory: SharedArrayBuffer): void {
  const read = () => server.reconfigure(policy, quotaMemory);
  if (native) native.reload(read);
  else read();
}

/** The handlers are loaded first; messages wait meanwhile. */
async function startComposed(options: PostedOptions, settings: HandlerSettings): Promise<void> {
  held = [];
  const { composeBy } = await import("./worker_handlers.ts");
  start(options, await composeBy(settings, (record) => reporter.add(record)));
  const messages = held;
  held = undefined;
  for (const message of messages) receive(message);
}

function start(
  { listeners, policy, watched, ...options }: PostedOptions,
  compose?: Compose,
): void {
  posted = listeners && new PostedNetwork(serverNetwork(), listeners, {
    post: (listener, bytes, to) => scope.postMessage({ kind: "answer", listener, bytes, to }),
    taken: () => reporter.taken(),
  });
  server = serveThread({
    ...fromPostedPolicy(policy),
    ...options,
    network: posted ?? native!.network,
    ...(native ? { opener: native.opener } : {}),
    ...(compose ? { compose } : {}),
    log: (record) => reporter.add(record),
    idle: (closeSockets) => {
      close = closeSockets;
      scope.postMessage({ kind: "idle" });
    },
    ...(watched ? { watch: { ...watched, sampled: (sample) => reporter.sampled(sample) } } : {}),
  });
  server.finished.catch(fail);
  // An address of this thread may hold more than a message can.
  const addresses = server.addresses.map(({ hostname, port }) => ({ hostname, port }));
  scope.postMessage({ kind: "ready", root: server.root, addresses });
}

async function end(drainMs: number): Promise<void> {
  native?.stop();
  await server.shutdown(drainMs);
  reporter.flush();
  scope.postMessage({ kind: "ended" });
}

/** Nothing else would report what has happened here. */
function fail(error: unknown): void {
  reporter.flush();
  scope.postMessage({ kind: "failed", error: toPostedError(error) });
}

scope.onmessage = ({ data }) => {
  try {
    if (held) held.push(data);
    else receive(data);
  } catch (error) {
    fail(error);
  }
};
globalThis.addEventListener("error", (event) => {
  event.preventDefault();
  fail(event.error);
});
globalThis.addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  fail(event.reason);
});
