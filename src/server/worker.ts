/**
 * A worker of a server, in a thread of its own: a whole server but for the listening sockets, whose
 * datagrams it is sent. Here is everything that is known of its clients.
 */

import { serverNetwork } from "../net/deno/server_network.ts";
import { PostedNetwork } from "../net/posted/posted_network.ts";
import { serve, type Server } from "../server.ts";
import {
  fromPostedPolicy,
  type FromWorker,
  type PostedOptions,
  type PostedRecord,
  toPostedError,
  toPostedRecord,
  type ToWorker,
} from "./worker_messages.ts";

/** A thread that has stopped being busy tells what was; one message costs as much as ten lines. */
const REPORT_MS = 5;

/** What a thread that is a worker has and others have not. */
interface WorkerScope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}
const scope = globalThis as unknown as WorkerScope;

/** Gathers what the other thread should know. */
class Reporter {
  #records: PostedRecord[] = [];
  #taken = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  add(record: PostedRecord): void {
    this.#records.push(record);
    this.#soon();
  }

  taken(): void {
    this.#taken++;
    this.#soon();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    scope.postMessage({ kind: "report", records: this.#records, taken: this.#taken });
    this.#records = [];
    this.#taken = 0;
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => this.flush(), REPORT_MS);
  }
}

const reporter = new Reporter();
let network: PostedNetwork;
let server: Server;

function hear(message: ToWorker): void {
  switch (message.kind) {
    case "start":
      return start(message.options);
    case "datagram":
      return network.deliver(message.listener, message.bytes, message.from);
    case "reconfigure":
      return server.reconfigure(fromPostedPolicy(message.policy));
    case "shutdown":
      end(message.drainMs).catch(fail);
  }
}

function start({ listeners, policy, ...options }: PostedOptions): void {
  network = new PostedNetwork(serverNetwork(), listeners, {
    post: (listener, bytes, to) => scope.postMessage({ kind: "answer", listener, bytes, to }),
    taken: () => reporter.taken(),
  });
  server = serve({
    ...fromPostedPolicy(policy),
    ...options,
    network,
    log: (record) => reporter.add(toPostedRecord(record)),
  });
  server.finished.catch(fail);
  scope.postMessage({ kind: "ready", root: server.root });
}

async function end(drainMs: number): Promise<void> {
  await server.shutdown(drainMs);
  reporter.flush();
  scope.postMessage({ kind: "ended" });
}

/** Nobody else would tell in a line what has happened here. */
function fail(error: unknown): void {
  reporter.flush();
  scope.postMessage({ kind: "failed", error: toPostedError(error) });
}

scope.onmessage = ({ data }) => {
  try {
    hear(data);
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
