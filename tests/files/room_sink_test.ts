import { assertEquals, assertThrows } from "@std/assert";
import { LocalFileError } from "../../src/engine/errors.ts";
import { DISK_RESERVE_BYTES, RoomSink } from "../../src/files/room_sink.ts";

const MEBIBYTE = new Uint8Array(1024 * 1024);

class Counting {
  bytes = 0;
  write({ length }: Uint8Array): void {
    this.bytes += length;
  }
  commit(): void {}
  abandon(): void {}
}

function written(freeBytes: (folder: string) => number | undefined, mebibytes: number): Counting {
  const counting = new Counting();
  const sink = new RoomSink(counting, "down/file", freeBytes);
  for (let i = 0; i < mebibytes; i++) sink.write(MEBIBYTE);
  return counting;
}

Deno.test("RoomSink looks at the disk every 16 MiB, and never for less", () => {
  const folders: string[] = [];
  const look = (folder: string) => {
    folders.push(folder);
    return DISK_RESERVE_BYTES;
  };
  assertEquals([written(look, 15).bytes, folders], [15 * 2 ** 20, []]);
  assertEquals([written(look, 33).bytes, folders], [33 * 2 ** 20, ["down", "down"]]);
});

Deno.test("RoomSink stops before the reserve is used up", () => {
  let free = DISK_RESERVE_BYTES + 20 * 2 ** 20;
  const error = assertThrows(
    () => written(() => free -= 16 * 2 ** 20, 64),
    LocalFileError,
    'Cannot write "down/file": less than 64 MiB of its disk would be left free',
  );
  assertEquals(error.code, 3);
});

Deno.test("RoomSink bounds nothing where the free space is not known", () => {
  assertEquals(written(() => undefined, 64).bytes, 64 * 2 ** 20);
});
