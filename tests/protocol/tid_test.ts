import { assertEquals } from "@std/assert";
import { TidGate } from "../../src/protocol/tid.ts";

const ASKED = { hostname: "192.0.2.1", port: 69 };
const ANSWER = { hostname: "192.0.2.1", port: 40_000 };
const OTHER_PORT = { hostname: "192.0.2.1", port: 40_001 };
const OTHER_HOST = { hostname: "192.0.2.2", port: 40_000 };

Deno.test("TidGate admits any port of the asked address until the peer is known", () => {
  const gate = new TidGate(ASKED);
  assertEquals(gate.peer, ASKED);
  assertEquals([ASKED, ANSWER, OTHER_PORT].map((from) => gate.admits(from)), [true, true, true]);
  assertEquals(gate.stranger, undefined);
});

Deno.test("TidGate admits no other address and remembers its sender", () => {
  const gate = new TidGate(ASKED);
  assertEquals(gate.admits(OTHER_HOST), false);
  assertEquals(gate.stranger, OTHER_HOST);
  assertEquals(gate.peer, ASKED);
});

Deno.test("TidGate admits only the pinned port afterwards", () => {
  const gate = new TidGate(ASKED);
  gate.pin(ANSWER);
  assertEquals(gate.peer, ANSWER);
  assertEquals([ANSWER, OTHER_PORT, ASKED, OTHER_HOST].map((from) => gate.admits(from)), [
    true,
    false,
    false,
    false,
  ]);
});

Deno.test("TidGate keeps the first sender that was pinned", () => {
  const gate = new TidGate(ASKED);
  gate.pin(ANSWER);
  gate.pin(OTHER_PORT);
  assertEquals(gate.peer, ANSWER);
  assertEquals(gate.admits(OTHER_PORT), false);
});

Deno.test("TidGate answers strangers, but not without end", () => {
  const gate = new TidGate(ASKED);
  const answered = Array.from({ length: 100 }, () => gate.answersStranger());
  assertEquals(answered.filter(Boolean).length, 16);
  assertEquals(answered.slice(0, 16).every(Boolean), true);
});
