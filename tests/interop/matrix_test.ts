/** Our client against other servers, our server against other clients: docs/interop.md. */

import { assertEquals } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { attempt, type Outcome, UPLOAD_PREFIX } from "./attempt.ts";
import { PEER_CLIENTS } from "./clients.ts";
import { type Abilities, offers, type Row, rowsOf, type Setting, sizesOf } from "./matrix.ts";
import { leaveOut, missingAmong } from "../helpers/process/missing.ts";
import { missingInLog, moveWithOurs, startOurs } from "./ours.ts";
import { writePayloads } from "./payloads.ts";
import { PEER_SERVERS } from "./servers.ts";
import { type Half, keyOf, renderDocument } from "./table.ts";

const DOCUMENT = fromFileUrl(new URL("../../docs/interop.md", import.meta.url));

const clientOutcomes = new Map<string, Outcome>();
const serverOutcomes = new Map<string, Outcome>();
const halves: readonly Half[] = [
  { title: "Our client, other servers", peers: PEER_SERVERS, outcomes: clientOutcomes },
  { title: "Our server, other clients", peers: PEER_CLIENTS, outcomes: serverOutcomes },
];

/** Tries of a row that fails through the peer's own fault. */
const TRIES = 3;

const PEERS = [...PEER_SERVERS, ...PEER_CLIENTS];
const isLeftOut = leaveOut("interop", missingAmong(PEERS));

for (const peer of PEER_SERVERS) {
  Deno.test({
    name: `our client and ${peer.name} move files of every size whole`,
    ignore: isLeftOut(peer.name),
    fn: (test) =>
      inFolders(async (folders) => {
        const { host, port, stop } = await peer.start(folders.served);
        const ends = { host, port, ...folders, move: moveWithOurs };
        const manners = { rawNetascii: false, wholeWhenAcknowledged: false };
        try {
          await eachRow(test, peer, async (row) => {
            const setup = { row, sizes: sizesOf(peer, row), ...ends, ...manners };
            let outcome = await attempt(setup);
            for (let tries = 1; tries < TRIES; tries++) {
              if (peer.ownFailure?.test(outcome.complaints) !== true) break;
              // deno-lint-ignore no-console
              console.error(`once more: ${outcome.complaints}`);
              outcome = await attempt(setup);
            }
            clientOutcomes.set(keyOf(row), outcome);
            return outcome;
          });
        } finally {
          await stop();
        }
      }),
  });
}

for (const peer of PEER_CLIENTS) {
  Deno.test({
    name: `${peer.name} and our server move files of every size whole`,
    ignore: isLeftOut(peer.name),
    fn: (test) =>
      inFolders(async (folders) => {
        const { host, port, stop } = await startOurs(folders.served);
        const moved = new Map<Setting, number>();
        const ends = { host, port, ...folders, move: peer.move };
        const manners = { rawNetascii: peer.rawNetascii ?? false, wholeWhenAcknowledged: true };
        try {
          await eachRow(test, peer, async (row) => {
            const sizes = sizesOf(peer, row);
            const outcome = await attempt({ row, sizes, ...ends, ...manners });
            serverOutcomes.set(keyOf(row), outcome);
            moved.set(row.setting, (moved.get(row.setting) ?? 0) + sizes.length);
            return outcome;
          });
        } finally {
          const { code, stdout, stderr } = await stop();
          await test.step("our server grants what is asked and ends cleanly", () => {
            assertEquals(missingInLog(stdout + stderr, moved), "");
            assertEquals(code, 0, stderr);
          });
        }
      }),
  });
}

Deno.test({
  name: "docs/interop.md holds every cell, and every cell is equal",
  ignore: PEERS.some(({ name }) => isLeftOut(name)),
  fn: async () => {
    const untried: string[] = [];
    const unequal: string[] = [];
    for (const { peers, outcomes } of halves) {
      for (const peer of peers) {
        for (const row of rowsOf(peer).filter((row) => offers(peer, row))) {
          const outcome = outcomes.get(keyOf(row));
          if (outcome === undefined) untried.push(keyOf(row));
          else if (outcome.unequal.length > 0) unequal.push(keyOf(row));
        }
      }
    }
    assertEquals(untried, []);
    await Deno.writeTextFile(DOCUMENT, renderDocument(halves));
    assertEquals(unequal, []);
  },
});

/** Tries every row that the peer offers, each as a step of the test. */
async function eachRow(
  test: Deno.TestContext,
  peer: Abilities,
  tryRow: (row: Row) => Promise<Outcome>,
): Promise<void> {
  for (const row of rowsOf(peer).filter((row) => offers(peer, row))) {
    await test.step(`${row.direction} ${row.mode} ${row.setting}`, async () => {
      assertEquals(await tryRow(row), { unequal: [], complaints: "" });
    });
  }
}

/** Makes a folder to serve and one for the client, both with every payload, and removes them. */
async function inFolders(
  body: (folders: { served: string; local: string }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tftp-interop-" });
  try {
    const served = join(folder, "served");
    const local = join(folder, "local");
    await Deno.mkdir(served);
    await Deno.mkdir(local);
    await writePayloads(served);
    await writePayloads(local, UPLOAD_PREFIX);
    await body({ served, local });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
