/** Which of Deno's permissions a command needs. All others are given back before it runs. */

import type { Io } from "../../net/io.ts";
import type { Command, ServeCommand } from "../args/command.ts";

/** Kinds that no build grants the whole of, and that only native sockets need a part of. */
export const NEVER_GRANTED = ["env", "run", "sys", "ffi", "import"] as const;

export type Power = "net" | "read" | "write" | "sys" | "import" | "ffi" | "env" | "run";

const EVERYTHING = ["net", "read", "write", "sys", "ffi", "env", "run", "import"] as const;

/** The permissions without which the command can't do what it was asked. Pure. */
export function powersOf(command: Command): readonly Power[] {
  switch (command.kind) {
    case "get": {
      const writes = command.output !== "-";
      const reads = writes || isFile(command.manifest?.path);
      return powers({ reads, writes, looksAtDisk: writes, ...command.settings });
    }
    case "put": {
      const reads = command.files.some((file) => file.local !== "-") || !!command.manifest;
      return powers({ reads, writes: false, ...command.settings });
    }
    case "serve":
      return [
        ...powers({ reads: true, writes: mayWrite(command), ...ioOf(command) }),
        ...(mayStartWorkers(command) ? ["import"] as const : []),
        // What a service manager says is in the environment, and so may the keys of a bucket be.
        "env",
        ...(mayRun(command) ? ["run"] as const : []),
      ];
    case "status":
      return ["net", ...(command.tokenFile === undefined ? [] : ["read"] as const)];
    case "shell":
      return powers({
        ...{ reads: true, writes: true, looksAtDisk: true, pcap: command.flags.get("pcap") },
        io: command.flags.get("io") === "deno" ? "deno" : "auto",
      });
    case "doctor":
      return command.target.kind === "machine"
        // It looks at what the server may do, and Deno reads /proc for those only who may do all.
        ? EVERYTHING
        : powers({ reads: false, writes: false, ...command.target.settings });
    case "permissions":
      // It tells what there is, so nothing may be gone yet.
      return ["net", "read", "write", "sys", "ffi", "env"];
    default:
      return [];
  }
}

/** A configuration file may ask for it too; once it is read, the server gives up what it can. */
function mayWrite({ config, settings }: ServeCommand): boolean {
  return config !== undefined || settings.policy.uploads !== "off" ||
    settings.log.file !== undefined || settings.origin?.cache !== undefined;
}

function mayRun({ config, settings }: ServeCommand): boolean {
  return config !== undefined || settings.onUpload !== undefined;
}

/**
 * Each loads its own code, which Deno allows like any other until the server has started. Native
 * sockets are served by a worker, too.
 */
function mayStartWorkers({ config, settings }: ServeCommand): boolean {
  return config !== undefined || settings.workers > 1 || settings.io !== "deno";
}

/** A configuration file may ask for other sockets than the command line. */
function ioOf({ config, settings: { io, pcap } }: ServeCommand) {
  return { io: config === undefined ? io : "auto", pcap } as const;
}

/**
 * A capture is a file to write, and shows this machine's own addresses. Native sockets are calls of
 * the C library; the right to them is given up when they have been taken. A download looks at the
 * free space of its disk.
 */
function powers(
  { reads, writes, looksAtDisk = false, pcap, io }: {
    reads: boolean;
    writes: boolean;
    looksAtDisk?: boolean;
    pcap: string | undefined;
    io: Io;
  },
): Power[] {
  const captures = pcap !== undefined;
  return [
    "net",
    ...(reads ? ["read"] as const : []),
    ...(writes || captures ? ["write"] as const : []),
    ...(captures || looksAtDisk ? ["sys"] as const : []),
    ...(io === "deno" ? [] : ["ffi"] as const),
  ];
}

function isFile(path: string | undefined): boolean {
  return path !== undefined && path !== "-";
}
