/** The operands and flags of `serve`, with or without a configuration file. */

import type { PortRange, ServePolicy, UploadPolicy } from "../../mod.ts";
import { parseAddress, parseCidr } from "../../server/cidr.ts";
import type { Presets } from "./build.ts";
import type { LogSettings, ServeCommand, ServeSettings } from "./command.ts";
import type { FlagName } from "./flag_table.ts";
import { FlagValues } from "./flags.ts";
import { httpOf } from "./parse_http.ts";
import { isOrigin, toOriginFlags } from "./parse_origin.ts";
import { toNetworkSettings } from "./parse_settings.ts";
import { parseTarget } from "./target.ts";
import { UsageError } from "./usage_error.ts";

type Words = ReadonlyMap<string, readonly string[]>;

/** @throws {UsageError} for invalid arguments, or contradicting ones. */
export function toServe(
  operands: readonly string[],
  words: Words,
  presets: Presets = {},
): ServeCommand {
  const [operand, extra] = operands;
  const dir = words.get("dir")?.at(-1);
  if (extra !== undefined) {
    throw new UsageError(`only one DIR can be served; "${extra}" is one too many`);
  }
  if (operand !== undefined && isOrigin(operand)) {
    if (words.has("origin")) throw new UsageError("two origins given, as operand and by --origin");
    return toServe([], new Map([...words, ["origin", [operand]]]), presets);
  }
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(operand ?? "")?.[0];
  if (scheme !== undefined) {
    throw new UsageError(`"${scheme}" can't be served; an origin is an http, https or s3 URL`);
  }
  if (dir !== undefined && operand !== undefined) {
    throw new UsageError(`two folders given: -d ${dir} and ${operand}`);
  }
  const given = operand === undefined ? words : new Map([...words, ["dir", [operand]]]);
  const values = new FlagValues(given, "serve", presets);
  const name = values.text("map-test");
  const client = values.text("map-client") ?? "";
  if (name !== undefined && values.text("map") === undefined && !values.given("config")) {
    throw new UsageError("--map-test needs --map FILE");
  }
  if (values.given("map-client") && name === undefined) {
    throw new UsageError("--map-client needs --map-test");
  }
  if (parseAddress(client) === undefined) {
    throw new UsageError(`--map-client ${client} is not an IP address`);
  }
  const mapTest = name === undefined ? undefined : { mapTest: name, client };
  return {
    kind: "serve",
    task: mapTest ?? (values.on("print-config") ? "print-config" : "serve"),
    settings: toSettings(values),
    config: values.text("config"),
    given,
    presets,
  };
}

/** The same command, with the values of a configuration file that the command line lacks. */
export function withConfig(command: ServeCommand, config: Words): ServeCommand {
  const values = new FlagValues(mergedWords(command, config), "serve", command.presets);
  return { ...command, settings: toSettings(values) };
}

/** The effective values: those of the file, overridden by the command line. */
export function mergedWords(command: ServeCommand, config: Words): Words {
  return new Map([...Object.entries(command.presets), ...config, ...command.given]);
}

function toSettings(values: FlagValues): ServeSettings {
  const range = values.text("port-range");
  if (range !== undefined && values.on("single-port")) {
    throw new UsageError("--single-port and --port-range cannot be combined");
  }
  const workers = values.number("workers") ?? 1;
  const portRange = range === undefined ? undefined : parseRange(range);
  if (workers > 1) refuseForWorkers(values, { workers, portRange });
  const origin = toOriginFlags(values);
  return {
    root: values.text("dir") ?? (origin ? undefined : "."),
    origin,
    port: values.number("port") ?? 69,
    addresses: addressesOf(values),
    ipv6Only: values.on("ipv6"),
    singlePort: values.on("single-port"),
    ...(portRange === undefined ? {} : { portRange }),
    workers,
    user: values.text("user"),
    policy: policyOf(values),
    map: values.text("map"),
    ...filesOf(values),
    log: {
      level: values.text("log") as LogSettings["level"],
      format: values.text("log-format") as LogSettings["format"],
      file: values.text("log-file"),
    },
    http: httpOf(values),
    drainMs: (values.number("drain") ?? 0) * 1000,
    ...toNetworkSettings(values),
  };
}

/** Files that are made on request, and what follows an upload. */
function filesOf(values: FlagValues) {
  const templates = values.texts("template");
  const hosts = values.text("hosts");
  const onUpload = values.text("on-upload");
  if (hosts !== undefined && templates.length === 0) {
    throw new UsageError("--hosts needs --template GLOB: only templates tell what it knows");
  }
  if (onUpload !== undefined && values.text("uploads") === "off") {
    throw new UsageError("--on-upload needs --uploads: uploads are off");
  }
  return { templates, hosts, checksums: values.on("checksums"), onUpload };
}

/** What several threads can't do, and why. */
const NOT_FOR_WORKERS = {
  "trace": "it works with one thread only",
  "pcap": "it works with one thread only",
  "fault": "it works with one thread only",
} as const satisfies Partial<Record<FlagName, string>>;

function refuseForWorkers(
  values: FlagValues,
  { workers, portRange }: { workers: number; portRange: PortRange | undefined },
): void {
  for (const [flag, why] of Object.entries(NOT_FOR_WORKERS)) {
    if ([undefined, "false"].includes(values.text(flag as FlagName))) continue;
    throw new UsageError(`--workers ${workers} and --${flag} cannot be combined: ${why}`);
  }
  if (portRange === undefined || portRange.last - portRange.first + 1 >= workers) return;
  throw new UsageError(`--port-range has fewer ports than there are --workers: ${workers}`);
}

function policyOf(values: FlagValues): ServeSettings["policy"] {
  const uploadDir = values.text("upload-dir");
  const uploadMode = values.text("upload-mode");
  const numbers: [keyof ServePolicy, FlagName][] = [
    ["maxUpload", "max-upload"],
    ["uploadQuota", "upload-quota"],
    ["maxTransfers", "max-transfers"],
    ["maxPerClient", "max-per-client"],
    ["maxBlksize", "max-blksize"],
    ["maxWindowsize", "max-windowsize"],
    ["rate", "rate"],
    ["ratePerClient", "rate-per-client"],
  ];
  const given = numbers.map(([key, flag]) => [key, values.number(flag)] as const)
    .filter(([, number]) => number !== undefined);
  // An IPv6 socket of Deno accepts IPv4 too.
  const noIpv4 = values.on("ipv6") ? ["0.0.0.0/0"] : [];
  return {
    uploads: values.text("uploads") as UploadPolicy,
    ...(uploadDir === undefined ? {} : { uploadDir }),
    ...(uploadMode === undefined ? {} : { uploadMode: parseMode(uploadMode) }),
    ...Object.fromEntries(given),
    idleTimeoutMs: (values.number("idle-timeout") ?? 0) * 1000,
    ignoreCase: values.on("ignore-case"),
    rootPerClient: values.on("root-per-client"),
    broadcast: values.on("broadcast"),
    denySilently: values.on("deny-silently"),
    access: {
      allow: networks(values, "allow"),
      deny: [...networks(values, "deny"), ...noIpv4.map(parseCidr)],
      allowWrite: networks(values, "allow-write"),
    },
  };
}

/** A file that its owner can't read could never be served. */
function parseMode(text: string): number {
  const mode = /^0?[0-7]{3}$/.test(text) ? parseInt(text, 8) : 0;
  if (mode & 0o400) return mode;
  throw new UsageError(
    `--upload-mode takes three octal digits that let the owner read, such as 640, not "${text}"`,
  );
}

function networks(values: FlagValues, flag: FlagName) {
  return values.texts(flag).map((text) => {
    try {
      return parseCidr(text);
    } catch (error) {
      throw new UsageError(`--${flag}: ${(error as Error).message}`);
    }
  });
}

function addressesOf(values: FlagValues): string[] {
  const addresses = [...new Set(values.texts("address").map(bareAddress))];
  const [ipv4, ipv6] = [values.on("ipv4"), values.on("ipv6")];
  if (ipv4 && ipv6) throw new UsageError("--ipv4 and --ipv6 cannot be combined");
  const foreign = addresses.find((address) => address.includes(":") ? ipv4 : ipv6);
  if (foreign !== undefined) {
    throw new UsageError(
      `${foreign} is not an IPv${ipv4 ? 4 : 6} address: leave out -${ipv4 ? 4 : 6}`,
    );
  }
  if (addresses.length > 0) return addresses;
  return ipv4 ? ["0.0.0.0"] : ipv6 ? ["::"] : [];
}

function bareAddress(text: string): string {
  const { host, port } = parseTarget(text);
  if (port !== undefined) {
    throw new UsageError(`-a/--address takes no port; write -a ${host} -p ${port}`);
  }
  return host;
}

function parseRange(text: string): PortRange {
  const [first = 0, last = 0] = text.split(":").map(Number);
  const isRange = /^\d{1,5}:\d{1,5}$/.test(text) && first > 0 && first <= last && last <= 65535;
  if (isRange) return { first, last };
  throw new UsageError(`--port-range needs two ports such as 50000:50063, not "${text}"`);
}
