/** The flags for transfers and for the network. */

import type { NetworkSettings, TransferSettings } from "./command.ts";
import { parseFaults } from "../text/fault_text.ts";
import type { FlagValues } from "./flags.ts";
import { parsePort, parseTarget } from "./target.ts";
import { UsageError } from "./usage_error.ts";

export function toSettings(values: FlagValues): TransferSettings {
  refuseContradictions(values);
  const seconds = values.number("timeout");
  const timeoutOption = values.on("timeout-option");
  if (timeoutOption && (seconds === undefined || !Number.isInteger(seconds))) {
    throw new UsageError("--timeout-option needs -t with whole seconds from 1 to 255");
  }
  const wait = values.number("wait");
  const settings: TransferSettings = {
    ...toLocalEnd(values),
    blksize: values.text("blksize") === "auto" ? "auto" : values.number("blksize"),
    windowsize: values.number("windowsize"),
    timeoutMs: seconds === undefined ? undefined : Math.round(seconds * 1000),
    timeoutOption,
    retries: values.number("retries"),
    plain: values.on("no-options") || wait !== undefined && !wantsOptions(values),
    waitMs: wait === undefined ? undefined : wait * 1000,
    maxBytes: values.number("max-size"),
    jobs: values.number("jobs") ?? 1,
    checksum: values.on("checksum"),
    json: values.on("json"),
    progress: values.text("progress") as TransferSettings["progress"],
    volume: values.on("quiet") ? "quiet" : values.on("verbose") ? "verbose" : "normal",
    ...toNetworkSettings(values),
  };
  refuseTooFewPorts(settings);
  return settings;
}

/** Files that are transferred at once have a port each. */
function refuseTooFewPorts({ jobs, localPorts }: TransferSettings): void {
  if (localPorts === undefined) return;
  const [first, last] = localPorts;
  const ports = last - first + 1;
  if (ports >= jobs) return;
  const more = first + jobs - 1;
  throw new UsageError(
    `-j ${jobs} needs ${jobs} local ports, not ${ports}: --local-port ${first}:${more}`,
  );
}

/** The local addresses and ports that a client uses. */
export function toLocalEnd(
  values: FlagValues,
): Pick<TransferSettings, "family" | "from" | "localPorts"> {
  return {
    family: values.on("ipv4") ? 4 : values.on("ipv6") ? 6 : undefined,
    from: toFrom(values),
    localPorts: toLocalPorts(values.text("local-port")),
  };
}

export function toNetworkSettings(values: FlagValues): NetworkSettings {
  const faults = values.text("fault");
  return {
    io: values.text("io") as NetworkSettings["io"],
    interfaceName: values.text("interface"),
    trace: values.on("trace"),
    pcap: values.text("pcap"),
    faults: faults === undefined ? undefined : parseFaults(faults),
  };
}

const OPTION_FLAGS = ["blksize", "windowsize", "timeout-option"] as const;

function wantsOptions(values: FlagValues): boolean {
  return OPTION_FLAGS.some((name) => values.given(name));
}

function refuseContradictions(values: FlagValues): void {
  const asked = OPTION_FLAGS.find((name) => values.given(name));
  if (values.on("no-options") && asked !== undefined) {
    throw new UsageError(`--no-options and --${asked} cannot be combined`);
  }
  for (const [one, other] of [["ipv4", "ipv6"], ["quiet", "verbose"]] as const) {
    if (values.on(one) && values.on(other)) {
      throw new UsageError(`--${one} and --${other} cannot be combined`);
    }
  }
}

function toFrom(values: FlagValues): string | undefined {
  const text = values.text("from");
  if (text === undefined) return undefined;
  const { host, port } = parseTarget(text);
  if (port !== undefined) {
    throw new UsageError(`--from takes no port; write --from ${host} --local-port ${port}`);
  }
  if (values.on(host.includes(":") ? "ipv4" : "ipv6")) {
    throw new UsageError(`--from ${host} is not of the address family that -4 or -6 selects`);
  }
  return host;
}

function toLocalPorts(text: string | undefined): readonly [number, number] | undefined {
  if (text === undefined) return undefined;
  const [first = "", last = first, extra] = text.split(":");
  const ports = [parsePort(first, text), parsePort(last, text)] as const;
  if (extra !== undefined || ports[1] < ports[0]) {
    throw new UsageError(`--local-port needs a port or a range such as 4000:4010, not "${text}"`);
  }
  return ports;
}
