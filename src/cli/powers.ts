/** Which of Deno's permissions a command needs. All others are given back before it runs. */

import type { Command, ServeCommand } from "./command.ts";

/** Kinds that no build grants the whole of, and that only native sockets need a part of. */
export const NEVER_GRANTED = ["env", "run", "sys", "ffi", "import"] as const;

export type Power = "net" | "read" | "write" | "sys" | "import" | "ffi" | "env";

/** The permissions without which the command can't do what it was asked. Pure. */
export function powersOf(command: Command): readonly Power[] {
  switch (command.kind) {
    case "get": {
      const writes = command.output !== "-";
      const reads = writes || isFile(command.manifest?.path);
      return powers({ reads, writes, pcap: command.settings.pcap });
    }
    case "put": {
      const reads = command.files.some((file) => file.local !== "-") || !!command.manifest;
      return powers({ reads, writes: false, pcap: command.settings.pcap });
    }
    case "serve":
      return [
        ...powers({ reads: true, writes: mayWrite(command), pcap: command.settings.pcap }),
        ...(mayStartWorkers(command) ? ["import"] as const : []),
      ];
    case "shell":
      return powers({ reads: true, writes: true, pcap: command.flags.get("pcap") });
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
    settings.log.file !== undefined;
}

/** Each loads its own code, which Deno allows like any other until the server has started. */
function mayStartWorkers({ config, settings }: ServeCommand): boolean {
  return config !== undefined || settings.workers > 1;
}

/** A capture is a file to write, and shows this machine's own addresses. */
function powers(
  { reads, writes, pcap }: { reads: boolean; writes: boolean; pcap: string | undefined },
): Power[] {
  const captures = pcap !== undefined;
  return [
    "net",
    ...(reads ? ["read"] as const : []),
    ...(writes || captures ? ["write"] as const : []),
    ...(captures ? ["sys"] as const : []),
  ];
}

function isFile(path: string | undefined): boolean {
  return path !== undefined && path !== "-";
}
