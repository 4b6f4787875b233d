/** `tftp serve`: serves a folder until a signal arrives. */

import { fromFileUrl, resolve } from "@std/path";
import { chooseIo, type Io } from "../../net/io.ts";
import { giveUpFfi, whyNotNative } from "../../net/native/libc_paths.ts";
import { LocalFileError } from "../../engine/errors.ts";
import { ErrorCode } from "../../protocol/mod.ts";
import type { ServeOptions, Server, ThreadOptions } from "../../server/server.ts";
import type { LogRecord } from "../../server/log_record.ts";
import { announce, tell, waitingLines } from "./announce.ts";
import type { ServeCommand, ServeSettings } from "../args/command.ts";
import { formatConfig } from "../args/config_file.ts";
import { TERMINATED } from "../text/exit_code.ts";
import { duration, quoted } from "../text/format.ts";
import { giveUpPermissions } from "../permissions/give_up.ts";
import type { Instruments } from "./instruments.ts";
import { Interrupt } from "./interrupt.ts";
import { LogOutput } from "./log_output.ts";
import {
  bind,
  missing,
  missingToListen,
  type Need,
  needDatagrams,
  read,
  refuseWithout,
  run as runs,
  write,
} from "../permissions/permission.ts";
import { printOut } from "./print.ts";
import type { ServerOfWorkers } from "../../server/workers.ts";
import type { UploadHook } from "./on_upload.ts";
import type { ServeHandlers } from "./serve_handlers.ts";
import { completed, effectiveWords, policyOf, tryUploadFolder } from "./serve_config.ts";
import { testMap } from "./serve_map.ts";
import type { PlannedOrigin } from "./serve_origin.ts";
import { Reload } from "./serve_reload.ts";
import type { ServeWatch } from "./serve_watch.ts";
import { wantedInstruments } from "./wanted_instruments.ts";
import { UsageError } from "../args/usage_error.ts";

/** @returns the exit code, once the server has stopped, or what was requested is printed. */
export async function runServe(asked: ServeCommand): Promise<number> {
  if (asked.config !== undefined) refuseWithout(await missing([read(asked.config)]));
  const command = completed(asked);
  if (asked.task === "print-config") {
    printOut([formatConfig(effectiveWords(asked))]);
    return 0;
  }
  if (typeof command.task === "object") return await testMap(command.settings, command.task);
  const { settings } = command;
  // Loaded only where needed.
  const origins = settings.origin ? await import("./serve_origin.ts") : undefined;
  const io = chooseIo(settings.io);
  if (io === "deno") needDatagrams();
  refuseForDeno(settings, io);
  refuseWithout([
    ...await missingToListen(sockets(settings)),
    ...await missing([
      ...await needsOf(settings, io),
      ...(settings.origin ? origins!.originNeeds(settings.origin) : []),
    ]),
  ]);
  const root = settings.root === undefined ? undefined : await realFolder(settings.root);
  const origin = settings.origin && origins!.planOrigin(settings.origin);
  return await run(command, { settings: { ...settings, io, root }, origin });
}

/** Options that need native sockets. */
function refuseForDeno({ workers, singlePort, user }: ServeSettings, io: Io): void {
  if (io === "native") return;
  if (user !== undefined) {
    throw new UsageError(`--user works only with native sockets. ${whyNotNative() ?? "See --io."}`);
  }
  if (workers === 1 || !singlePort) return;
  throw new UsageError(
    `--workers ${workers} and --single-port can't be combined on the sockets of Deno: ` +
      "only native sockets (--io native) can share a port",
  );
}

/** The sockets of a server, each of which needs a permission. */
function sockets({ addresses, port, portRange, singlePort, http }: ServeSettings): Need[] {
  const hosts = addresses.length === 0 ? ["::"] : addresses;
  const answering = singlePort ? [] : [portRange?.first ?? 0];
  return [
    ...hosts.flatMap((host) => [bind(host, port), ...answering.map((from) => bind(host, from))]),
    ...(http === undefined ? [] : [bind(http.hostname, http.port)]),
  ];
}

/** `settings` are the command's, with the sockets that were chosen and the folder's full path. */
async function run(
  command: ServeCommand,
  { settings, origin }: { settings: ServeSettings; origin: PlannedOrigin | undefined },
): Promise<number> {
  const interrupt = new Interrupt();
  const log = await LogOutput.open(settings.log);
  let instruments: Instruments | undefined;
  let hook: UploadHook | undefined;
  let watch: ServeWatch | undefined;
  try {
    instruments = await wantedInstruments(settings, log.sayError);
    const handlers = await handlersOf(settings, { log, origin });
    hook = handlers?.hook;
    watch = await openWatch(settings, log);
    const server = await start(settings, { log, instruments, handlers, watch });
    const reload = new Reload(command, server, { log, hook });
    tryUploadFolder(server.root, settings.policy);
    const stopping = Promise.withResolvers<void>();
    // A socket or a worker may fail at any time, also while the server drains.
    const ended = Promise.race([server.finished, stopping.promise]);
    ended.catch(() => {});
    let stoppedMs = 0;
    const stop = () => {
      stoppedMs = performance.now();
      const drainMs = interrupt.exitCode === TERMINATED ? reload.drainMs : 0;
      watch?.ending();
      if (drainMs > 0) tell(settings, log, waitingLines(server, drainMs));
      server.shutdown(drainMs).then(stopping.resolve, stopping.reject);
    };
    interrupt.signal.addEventListener("abort", stop, { once: true });
    // A signal may have arrived while the workers were starting.
    if (interrupt.signal.aborted) stop();
    await giveUpPermissions({
      uploads: settings.policy.uploads !== "off",
      others: settings.log.file !== undefined || settings.origin?.cache !== undefined,
      root: settings.root,
      runs: hook !== undefined,
    });
    await announce(server, { command: { ...command, settings }, log, origin: origin?.shown });
    if (watch) tell(settings, log, watch.started(server));
    await ended;
    reload.close();
    const waited = performance.now() - stoppedMs;
    tell(settings, log, [waited < 1_000 ? "stopped" : `stopped after ${duration(waited)}`]);
    return 0;
  } finally {
    await watch?.close();
    await instruments?.close();
    await hook?.close();
    await log.close();
    interrupt.close();
  }
}

/** The other handlers, and what follows uploads: loaded only where needed. */
async function handlersOf(
  settings: ServeSettings,
  { log, origin }: { log: LogOutput; origin: PlannedOrigin | undefined },
): Promise<ServeHandlers | undefined> {
  const { templates, checksums, onUpload } = settings;
  const isPlain = templates.length === 0 && !checksums && onUpload === undefined;
  if (isPlain && !origin) return undefined;
  const { prepareHandlers } = await import("./serve_handlers.ts");
  return await prepareHandlers(settings, { log, origin: origin?.place });
}

async function start(
  settings: ServeSettings,
  { log, instruments, handlers = {}, watch }: {
    log: LogOutput;
    instruments: Instruments | undefined;
    handlers: ServeHandlers | undefined;
    watch: ServeWatch | undefined;
  },
): Promise<Server | ServerOfWorkers> {
  const { root, port, addresses, singlePort, portRange, interfaceName, io, workers } = settings;
  const options = {
    ...policyOf(settings),
    ...{ port, addresses, singlePort, ipv6Only: settings.ipv6Only },
    ...(root === undefined ? {} : { root }),
    ...(portRange === undefined ? {} : { portRange }),
    ...(interfaceName === undefined ? {} : { interfaceName }),
    log: (record: LogRecord) => {
      log.write(record);
      handlers.hook?.record(record);
      watch?.record(record);
    },
  };
  const compose = handlers.compose ? { compose: handlers.compose } : {};
  const here = { ...compose, ...(watch ? { watch: watch.here } : {}) };
  if (io === "native" && instruments) {
    return await startHere({ ...options, ...here }, { settings, instruments });
  }
  if (io === "native" || workers > 1) {
    // The rules of the server are loaded by the threads that need them.
    const { serveByWorkers } = await import("../../server/workers.ts");
    const native = io === "native" ? await nativeOptions(settings) : {};
    const around = handlers.settings ? { handlers: handlers.settings } : {};
    const watching = watch ? { sampled: watch.sampled } : {};
    return await serveByWorkers({ ...options, workers, ...native, ...around, ...watching });
  }
  const { serveThread } = await import("../../server/server.ts");
  const { serverNetwork } = await import("../../net/deno/server_network.ts");
  const network = serverNetwork();
  return serveThread({ ...options, network: instruments?.wrap(network) ?? network, ...here });
}

/** The HTTP listener, loaded only where needed. */
async function openWatch(
  settings: ServeSettings,
  log: LogOutput,
): Promise<ServeWatch | undefined> {
  if (settings.http === undefined) return undefined;
  const { openServeWatch } = await import("./serve_watch.ts");
  return await openServeWatch(settings.http, settings, log);
}

/** Options of native sockets, and the variables of a service manager. */
async function nativeOptions({ user }: Pick<ServeSettings, "user">) {
  const { environment, MANAGER_VARIABLES } = await import("../../net/native/service_manager.ts");
  const said = MANAGER_VARIABLES.map((name) => [name, environment(name)] as const);
  const manager = Object.fromEntries(said.filter(([, value]) => value !== undefined));
  if (user === undefined) return { io: "native" as const, manager };
  const { findUser } = await import("../../net/native/user.ts");
  return { io: "native" as const, manager, user: findUser(user) };
}

/** Native sockets in this thread, where trace, capture or faults are used. */
async function startHere(
  options: ServeOptions & ThreadOptions,
  { settings, instruments }: { settings: ServeSettings; instruments: Instruments },
): Promise<Server> {
  const { manager, user } = await nativeOptions(settings);
  const { NativeThread } = await import("../../server/native_thread.ts");
  const { serveThread } = await import("../../server/server.ts");
  const thread = new NativeThread(manager);
  const { network, opener, inherited } = thread;
  const server = serveThread({
    ...options,
    ...(inherited.length > 0 ? { addresses: inherited } : {}),
    ...{ opener, network: instruments.wrap(network) },
  });
  giveUpFfi();
  if (user) thread.becomeUser(user);
  thread.release();
  return thread.told(server);
}

/** All permissions that are needed. */
export async function serveNeeds(settings: ServeSettings, io: Io): Promise<Need[]> {
  return [...sockets(settings), ...await needsOf(settings, io)];
}

async function needsOf(settings: ServeSettings, io: Io): Promise<Need[]> {
  const { root, policy, map, hosts, onUpload, log, pcap, workers, http } = settings;
  const needs = root === undefined ? [] : [read(root)];
  if (workers > 1 || io === "native") needs.push(...codeOfWorkers());
  if (policy.uploads !== "off" && root !== undefined) needs.push(write(root));
  if (map !== undefined) needs.push(read(map));
  if (hosts !== undefined) needs.push(read(hosts));
  if (http?.tokenFile !== undefined) needs.push(read(http.tokenFile));
  if (onUpload !== undefined) {
    const { programOf } = await import("./on_upload.ts");
    needs.push(runs(programOf(onUpload)));
  }
  if (log.file !== undefined) needs.push(write(log.file));
  if (pcap !== undefined) needs.push(write(pcap));
  return needs;
}

/** A worker loads its own code at its start. */
function codeOfWorkers(): Need[] {
  const code = new URL("../../..", import.meta.url);
  return Deno.build.standalone || code.protocol !== "file:" ? [] : [read(fromFileUrl(code))];
}

async function realFolder(path: string): Promise<string> {
  try {
    if ((await Deno.stat(path)).isDirectory) return resolve(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw fault(`the folder ${quoted(path)} does not exist: create it first`, path);
    }
    throw error;
  }
  throw fault(`${quoted(path)} is not a folder: serve the folder it is in`, path);
}

function fault(message: string, path: string): LocalFileError {
  return new LocalFileError(message, path, ErrorCode.NotDefined);
}
