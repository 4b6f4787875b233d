/** The measurements of servers: each cell has a load, contenders, and required figures. */

import { type Bar, FLOOR } from "./bars.ts";
import type { Metric } from "./figures.ts";
import type { Load } from "./load.ts";

export interface ServerCell {
  id: string;
  title: string;
  group: Group;
  /** Both ends on one core: see the page for when that is the fair way. */
  pinned: boolean;
  load: Load;
  /** Peers that take part, as far as they are installed and able. */
  against: readonly string[];
  /** Whether a process per transfer must be added up, in a run of its own. */
  memory?: boolean;
  /** The file's bytes cross a real disk instead of one in memory. */
  disk?: boolean;
  /** Part of `--quick`. */
  quick?: boolean;
  /** More clients at once than servers bear unless they are told. */
  crowd?: boolean;
  must: readonly Bar[];
  aim: readonly Bar[];
}

export type Group =
  | "get, pinned"
  | "get, not pinned"
  | "put, pinned"
  | "storm"
  | "crowd"
  | "small files";

const ALL = [FLOOR, "in.tftpd", "atftpd", "dnsmasq", "pin/tftp", "npm tftp", "fbtftp"];
const WINDOWED = [FLOOR, "atftpd", "npm tftp"];
/** fbtftp forks a process for each transfer and fails from 500 on, for as long as it may. */
const FOR_STORMS = ALL.filter((name) => name !== "fbtftp");

/** So many times the best peer, or the best of those named. */
function times(metric: Metric, times: number, ...than: string[]): Bar {
  return { metric, times, ...(than.length > 0 ? { than } : {}) };
}

/** What a cell must reach, and what it aims at, in bytes a second beside the best peer. */
function speed(must: number, aim: number): Pick<ServerCell, "must" | "aim"> {
  return { must: [times("mbps", must)], aim: [times("mbps", aim)] };
}

/** A download of one file by one client at a time. */
function get(
  blksize: number | undefined,
  windowsize: number,
  rest: Pick<ServerCell, "must" | "aim"> & Partial<ServerCell>,
): ServerCell {
  const pinned = rest.pinned ?? true;
  const bytes = blksize ?? 512;
  return {
    id: `get-${bytes}-w${windowsize}${pinned ? "" : "-free"}`,
    title: `get ${bytes} w${windowsize}`,
    group: pinned ? "get, pinned" : "get, not pinned",
    pinned,
    load: {
      ...(blksize === undefined ? {} : { blksize }),
      windowsize,
      file: bytes > 8000 ? "large" : "middle",
      transfers: 1,
    },
    against: windowsize === 1 ? ALL : WINDOWED,
    ...rest,
  };
}

/** The same, upwards. */
function put(windowsize: number, rest: Pick<ServerCell, "must" | "aim"> & Partial<ServerCell>) {
  const cell = get(1468, windowsize, {
    against: [...WINDOWED, ...(windowsize === 1 ? ["in.tftpd", "pin/tftp"] : [])],
    ...rest,
  });
  return {
    ...cell,
    id: cell.id.replace("get", "put") + (rest.disk ? "-disk" : ""),
    title: cell.title.replace("get", "put") + (rest.disk ? ", real disk" : ""),
    group: "put, pinned" as const,
    load: { ...cell.load, put: true },
  };
}

/** Clients wait as long for their first block as tftp-hpa and the ROMs of network cards do. */
const PATIENT_RETRIES = 25;

/** Many clients that all request the same mebibyte at the same instant. */
function storm(clients: number, rest: Partial<ServerCell> = {}): ServerCell {
  return {
    id: `storm-${clients}`,
    title: `1 MiB × ${clients}`,
    group: "storm",
    pinned: false,
    load: { blksize: 1468, file: "mebibyte", transfers: clients, atOnce: clients },
    against: FOR_STORMS,
    memory: true,
    must: [
      times("mbps", 1, "dnsmasq"),
      times("p99Ms", 1, "dnsmasq"),
      { metric: "drops", limit: 0 },
    ],
    aim: [times("mbps", 1.7, "dnsmasq"), times("p99Ms", 1 / 1.7, "dnsmasq")],
    ...rest,
  };
}

const stormOfThousand = storm(1000);

export const SERVER_CELLS: readonly ServerCell[] = [
  get(undefined, 1, { quick: true, ...speed(0.9, 1) }),
  get(1468, 1, { quick: true, ...speed(0.9, 1) }),
  get(1468, 16, { quick: true, ...speed(1.5, 2.5) }),
  get(8192, 8, speed(1.5, 2.5)),
  get(65464, 1, speed(1, 1.1)),
  ...[[1468, 16], [1468, 64], [8192, 8]].map(([blksize, windowsize]) =>
    get(blksize, windowsize!, { pinned: false, quick: windowsize === 64, ...speed(1.5, 2.5) })
  ),
  put(1, { quick: true, ...speed(0.85, 1) }),
  put(16, speed(1, 1.5)),
  put(16, { disk: true, must: [], aim: [] }),
  storm(100, { quick: true, against: ALL }),
  storm(500),
  {
    ...stormOfThousand,
    must: [
      ...stormOfThousand.must,
      times("cpuPerGb", 1, "dnsmasq"),
      { metric: "peakMb", limit: 110 },
    ],
    aim: [
      ...stormOfThousand.aim,
      times("cpuPerGb", 0.6, "dnsmasq"),
      { metric: "peakMb", limit: 90 },
    ],
  },
  {
    id: "crowd-10000",
    title: "64 KiB × 10,000",
    group: "crowd",
    pinned: false,
    load: {
      blksize: 1468,
      file: "loader",
      transfers: 10_000,
      atOnce: 10_000,
      retries: PATIENT_RETRIES,
    },
    against: ["dnsmasq", "pin/tftp"],
    crowd: true,
    must: [{ metric: "failed", limit: 0 }, { metric: "peakMb", limit: 250 }],
    aim: [],
  },
  {
    id: "small-files",
    title: "1 KiB files, 32 at once",
    group: "small files",
    pinned: false,
    quick: true,
    load: { blksize: 1468, file: "small-%d", files: 1000, transfers: 20_000, atOnce: 32 },
    against: ALL,
    must: [times("tps", 1, "dnsmasq")],
    aim: [times("tps", 1.5, "dnsmasq")],
  },
];
