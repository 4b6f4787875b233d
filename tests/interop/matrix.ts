/** The words of the interoperability matrix: what a row is, and what a peer says it can do. */

import type { Found } from "../helpers/process/peers.ts";
import { type Mode, type Size, SMALL_SIZES, WRAP_SIZE } from "./payloads.ts";

export type Direction = "get" | "put";

/** What the client of a row asks for. */
export type Setting =
  | "defaults"
  | "plain"
  | "blksize 1428"
  | "blksize 65464"
  | "windowsize 8";

export const DIRECTIONS: readonly Direction[] = ["get", "put"];
export const MODES: readonly Mode[] = ["octet", "netascii"];
export const SETTINGS: readonly Setting[] = [
  "defaults",
  "plain",
  "blksize 1428",
  "blksize 65464",
  "windowsize 8",
];

/** One row: files of every size, moved in one way. */
export interface Row {
  peer: string;
  direction: Direction;
  mode: Mode;
  setting: Setting;
}

/** What a row's peer cannot do, or does in its own way; printed under the table. */
export interface Note {
  direction?: Direction;
  mode?: Mode;
  setting?: Setting;
  text: string;
}

/** What a peer can do. What is not listed is not offered, and a note says so. */
export interface Abilities {
  name: string;
  directions: readonly Direction[];
  modes: readonly Mode[];
  settings: readonly Setting[];
  /** The settings whose blocks have 512 bytes and in which the file that wraps is moved. */
  wraps: readonly Setting[];
  notes: readonly Note[];
  /** Looks for it on this machine; undefined where it is not installed. */
  find(): Found | undefined;
  /** True where only root can run it. */
  needsRoot?: boolean;
}

/** Every row that could be asked of a peer, offered or not. */
export function rowsOf(peer: Abilities): Row[] {
  return DIRECTIONS.flatMap((direction) =>
    MODES.flatMap((mode) =>
      SETTINGS.map((setting) => ({ peer: peer.name, direction, mode, setting }))
    )
  );
}

/** Whether the peer has what the row asks of it. */
export function offers(peer: Abilities, row: Row): boolean {
  return peer.directions.includes(row.direction) && peer.modes.includes(row.mode) &&
    peer.settings.includes(row.setting);
}

/** The notes that speak of a row. */
export function notesOn(peer: Abilities, row: Row): Note[] {
  return peer.notes.filter((note) =>
    (note.direction ?? row.direction) === row.direction &&
    (note.mode ?? row.mode) === row.mode &&
    (note.setting ?? row.setting) === row.setting
  );
}

/** The files that are moved in a row. */
export function sizesOf(peer: Abilities, row: Row): readonly Size[] {
  return peer.wraps.includes(row.setting) ? [...SMALL_SIZES, WRAP_SIZE] : SMALL_SIZES;
}
