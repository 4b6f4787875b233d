/** `tftp doctor --serve`: whether `tftp serve` can work here with the same options. */

import { resolve } from "@std/path";
import type { Finding } from "../../doctor/finding.ts";
import { dhcpLines } from "../../doctor/machine/dhcp.ts";
import type { Known, OwnAddress, Server } from "../../doctor/machine/facts.ts";
import { judgeClock, judgeNames, judgeRights, judgeSpace } from "../../doctor/machine/folder.ts";
import {
  judgeAddresses,
  judgeBuffers,
  judgeFirewall,
  judgePort,
  judgeStandardPort,
} from "../../doctor/machine/network.ts";
import { machineVerdict } from "../../doctor/machine/verdict.ts";
import type { MachineReport } from "../../doctor/report.ts";
import { tourOf } from "../../doctor/shell/look_at_folder.ts";
import {
  firewallRules,
  holdersOf,
  ownAddresses,
  receiveBuffers,
  tryPort,
} from "../../doctor/shell/look_at_system.ts";
import { freeBytesIn } from "../../files/room_sink.ts";
import { chooseIo, type Io, openNetwork } from "../../net/io.ts";
import { whyNotNative } from "../../net/native/libc_paths.ts";
import { findUser } from "../../net/native/user.ts";
import { lacksIpv6 } from "../../server/listen.ts";
import { MAX_TRANSFERS } from "../../server/policy.ts";
import type { ServeCommand, ServeSettings } from "../args/command.ts";
import { needDatagrams, notGranted, read, refuseWithout } from "../permissions/permission.ts";
import { serveNeeds } from "./serve.ts";
import { completed, readMap } from "./serve_config.ts";
import { likelyFile } from "../text/try_line.ts";

/** The files of the system's users and groups. */
const ACCOUNTS = ["/etc/passwd", "/etc/group"];

/** Looks only: it changes nothing, and never prompts the user. */
export async function lookAtMachine(asked: ServeCommand): Promise<MachineReport> {
  const startedMs = performance.now();
  const files = filesThatSayHow(asked);
  const { settings } = files;
  const { port } = settings;
  const own = ownAddresses();
  // Before native sockets are opened, which gives up a permission.
  const [buffers, firewall, holders] = [receiveBuffers(), firewallRules(), holdersOf(port)];
  const io = ioOf(settings.io);
  const folder = lookAtFolder(settings);
  const native = io.io === "native";
  const findings = [
    ...files.findings,
    ...await lackingPermissions(settings, io.io),
    ...io.findings,
    ...await portFindings(settings, io.io, holders),
    ...judgeAddresses(own, settings.addresses, native),
    ...judgeFirewall(firewall, port),
    ...judgeBuffers(buffers, {
      maxTransfers: settings.policy.maxTransfers ?? MAX_TRANSFERS,
      native,
    }),
    ...folder.findings,
    ...judgeStandardPort(port),
  ];
  const address = reachableAt(own, settings.addresses);
  return {
    ...{ kind: "machine", root: settings.root && resolve(settings.root), port, findings },
    verdict: machineVerdict(findings, commandOf(asked)),
    dhcp: dhcpLines({
      ...(address === undefined ? {} : { address }),
      ...(folder.boots === undefined ? {} : { file: folder.boots }),
    }),
    ms: performance.now() - startedMs,
  };
}

/** The configuration and the map. With an invalid configuration, only the command line counts. */
function filesThatSayHow(asked: ServeCommand): { settings: ServeSettings; findings: Finding[] } {
  const base = { topic: "machine", check: "configuration" } as const;
  const findings: Finding[] = [];
  let { settings } = asked;
  const reads = (check: string, path: string, reader: () => void) => {
    const what = `the ${check} ${path}`;
    try {
      refuseWithout(notGranted([read(path)]));
      reader();
      findings.push({ ...base, check, grade: "good", seen: `${what} is valid` });
    } catch (error) {
      const { message } = error as Error;
      findings.push({ ...base, check, grade: "fault", seen: message.split("\n")[0]! });
    }
  };
  if (asked.config !== undefined) {
    reads("configuration", asked.config, () => {
      settings = completed(asked).settings;
    });
  }
  const { map } = settings;
  if (map !== undefined) reads("map", map, () => void readMap(map));
  return { settings, findings };
}

/** The permissions that `tftp serve` would lack. */
async function lackingPermissions(
  settings: ServeSettings,
  io: Exclude<Io, "auto">,
): Promise<Finding[]> {
  const lacking = notGranted(await serveNeeds(settings, io));
  const base = { topic: "machine", check: "permissions" } as const;
  if (lacking.length === 0) {
    return [{ ...base, grade: "good", seen: "Deno grants all permissions for serving" }];
  }
  const operations = [...new Set(lacking.map(({ operation }) => operation))].join(", ");
  const flags = [...new Set(lacking.map(({ flag }) => flag))].join(" ");
  return [{
    ...{ ...base, grade: "fault" },
    seen: `Deno does not allow this program to ${operations}`,
    advice: Deno.build.standalone
      ? "this binary was built without that: see tftp --permissions"
      : `run Deno with ${flags}`,
  }];
}

function ioOf(wanted: Io): { io: Exclude<Io, "auto">; findings: Finding[] } {
  const base = { topic: "machine", check: "sockets" } as const;
  const why = whyNotNative();
  if (wanted !== "deno" && why === undefined) {
    return {
      io: chooseIo(wanted),
      findings: [{ ...base, grade: "good", seen: "native sockets are used" }],
    };
  }
  if (wanted === "native") {
    return {
      io: "deno",
      findings: [{ ...base, grade: "fault", seen: why ?? "no native sockets" }],
    };
  }
  return {
    io: "deno",
    findings: [{
      ...{ ...base, grade: "note" },
      seen: "sockets of Deno; native ones are faster and answer from the address asked",
      ...(why === undefined ? {} : { advice: why }),
    }],
  };
}

async function portFindings(
  { addresses, port }: ServeSettings,
  io: Exclude<Io, "auto">,
  holders: ReturnType<typeof holdersOf>,
): Promise<Finding[]> {
  if (port === 0) return [];
  // As the server does: "::" takes IPv4 too, so a trial of both would find the other in its way.
  const hosts = addresses.length === 0 ? ["::"] : addresses;
  const lacking = notGranted(hosts.map((host) => ({
    ...{ operation: "listen", flag: "--allow-net" },
    permission: { name: "net", host: host.includes(":") ? `[${host}]:${port}` : `${host}:${port}` },
  })));
  // Reported as a missing permission.
  if (lacking.length > 0) return [];
  if (io === "deno") needDatagrams();
  const network = await openNetwork(io);
  const trials = tryPort(network, hosts, port);
  const isIpv4Only = addresses.length === 0 && trials.some(({ error }) => lacksIpv6(error));
  return judgePort(port, isIpv4Only ? tryPort(network, ["0.0.0.0"], port) : trials, holders);
}

function lookAtFolder(settings: ServeSettings): { findings: Finding[]; boots?: string } {
  const { root, policy, user } = settings;
  const uploads = policy.uploads !== "off";
  const base = { topic: "machine", check: "folder" } as const;
  // A missing permission is reported elsewhere.
  if (root === undefined || notGranted([read(root)]).length > 0) return { findings: [] };
  try {
    const path = Deno.realPathSync(root);
    if (!Deno.statSync(path).isDirectory) {
      return { findings: [{ ...base, grade: "fault", seen: `${root} is not a folder` }] };
    }
    if (user !== undefined) refuseWithout(notGranted(ACCOUNTS.map(read)));
    const server = user === undefined ? undefined : serverOf(user);
    const tour = tourOf(path, server === undefined);
    const boots = likelyFile(tour.entries.filter(({ kind }) => kind === "file").map((e) => e.path));
    const free = freeBytesIn(path);
    return {
      findings: [
        ...judgeRights(tour, { user: server, uploads }),
        ...judgeNames(tour, policy.ignoreCase ?? false),
        ...judgeSpace(
          free === undefined
            ? { missing: `add --allow-sys=statfs, or check with: df ${root}` }
            : { value: free },
          { uploads, largestUpload: policy.maxUpload },
        ),
        ...judgeClock(clock(), tour),
      ],
      ...(boots === undefined ? {} : { boots }),
    };
  } catch (error) {
    const { message } = error as Error;
    return {
      findings: [{
        ...{ ...base, grade: "fault" },
        seen: `the folder can't be served: ${message.split("\n")[0]}`,
        advice: "create it, or name another one",
      }],
    };
  }
}

function clock(): { nowMs: number; said: string } {
  const now = new Date();
  return { nowMs: now.getTime(), said: now.toISOString().slice(0, 16).replace("T", " ") };
}

function serverOf(user: string): Server {
  const { name, uid, groups } = findUser(user);
  return { name, uid, groups };
}

/** The address for clients, IPv4 if possible. */
function reachableAt(
  own: Known<readonly OwnAddress[]>,
  asked: readonly string[],
): string | undefined {
  const named = asked.find((address) => /^[\d.]+$/.test(address) && address !== "0.0.0.0");
  if (named !== undefined || "missing" in own) return named;
  return own.value.find(({ family, address }) => family === 4 && !address.startsWith("127."))
    ?.address;
}

/** The command that was checked. */
function commandOf({ given }: ServeCommand): string {
  const words = [...given].filter(([name]) => name !== "dir").flatMap(([name, texts]) =>
    texts.map((text) => text === "true" ? `--${name}` : `--${name} ${text}`)
  );
  return ["tftp serve", ...words, given.get("dir")?.at(-1) ?? "."].join(" ");
}
