/** Which of Deno's permissions a command needs. All others are given up before it runs. */

import type { Io } from "../../net/io.ts";
import type { Command, ServeCommand } from "../args/command.ts";

/** Kinds that no build grants completely, and of which only native sockets need a part. */
export const NEVER_GRANTED = ["env", "run", "sys", "ffi", "import"] as const;

export type PermissionName = "net" | "read" | "write" | "sys" | "import" | "ffi" | "env" | "run";

const EVERYTHING = ["net", "read", "write", "sys", "ffi", "env", "run", "import"] as const;

/** The permissions that a command needs for its task. Pure. */
export function neededPermissions(command: Command): readonly PermissionName[] {
  switch (command.kind) {
    case "get": {
      const writes = command.output !== "-";
      const reads = writes || isFile(command.manifest?.path);
      return permissionsFor({ reads, writes, looksAtDisk: writes, ...command.settings });
    }
    case "put": {
      const reads = command.files.some((file) => file.local !== "-") || !!command.manifest;
      return permissionsFor({ reads, writes: false, ...command.settings });
    }
    case "serve":
      return [
        ...permissionsFor({ reads: true, writes: mayWrite(command), ...ioOf(command) }),
        ...(mayStartWorkers(command) ? ["import"] as const : []),
        // The environment has the variables of a service manager, and perhaps the keys of a bucket.
        "env",
        ...(mayRun(command) ? ["run"] as const : []),
      ];
    case "status":
      return ["net", ...(command.tokenFile === undefined ? [] : ["read"] as const)];
    case "shell":
      return permissionsFor({
        ...{ reads: true, writes: true, looksAtDisk: true, pcap: command.flags.get("pcap") },
        io: command.flags.get("io") === "deno" ? "deno" : "auto",
      });
    case "doctor":
      return command.target.kind === "machine"
        // It checks the server's permissions, and Deno lets only programs with all of them read
        // /proc.
        ? EVERYTHING
        : permissionsFor({ reads: false, writes: false, ...command.target.settings });
    case "permissions":
      // It reports all permissions, so none may be given up.
      return ["net", "read", "write", "sys", "ffi", "env"];
    default:
      return [];
  }
}

/** A configuration file may need it too; once it is read, the server gives up what it can. */
function mayWrite({ config, settings }: ServeCommand): boolean {
  return config !== undefined || settings.policy.uploads !== "off" ||
    settings.log.file !== undefined || settings.origin?.cache !== undefined;
}

function mayRun({ config, settings }: ServeCommand): boolean {
  return config !== undefined || settings.onUpload !== undefined;
}

/**
 * A worker loads its own code, which needs the import permission until the server has started.
 * Native sockets always have a worker.
 */
function mayStartWorkers({ config, settings }: ServeCommand): boolean {
  return config !== undefined || settings.workers > 1 || settings.io !== "deno";
}

/** A configuration file may select other sockets than the command line. */
function ioOf({ config, settings: { io, pcap } }: ServeCommand) {
  return { io: config === undefined ? io : "auto", pcap } as const;
}

/**
 * A capture is a file to write, and contains this machine's own addresses. Native sockets call the
 * C library; that permission is given up once it is loaded. A download checks the free space of its
 * disk.
 */
function permissionsFor(
  { reads, writes, looksAtDisk = false, pcap, io }: {
    reads: boolean;
    writes: boolean;
    looksAtDisk?: boolean;
    pcap: string | undefined;
    io: Io;
  },
): PermissionName[] {
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
