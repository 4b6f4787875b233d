import { assertEquals } from "@std/assert";
import { nearest } from "../../src/files/suggest.ts";

const WORDS = ["output", "port", "windowsize", "help"];

Deno.test("nearest finds a word a few edits away", () => {
  assertEquals(nearest("prot", WORDS), "port");
  assertEquals(nearest("windowsise", WORDS), "windowsize");
  assertEquals(nearest("ouput", WORDS), "output");
  assertEquals(nearest("HELP", WORDS), "help");
});

Deno.test("nearest finds the word that was cut off", () => {
  assertEquals(nearest("win", WORDS), "windowsize");
});

Deno.test("nearest suggests nothing far-fetched", () => {
  assertEquals(nearest("zzz", WORDS), undefined);
  assertEquals(nearest("x", WORDS), undefined);
  assertEquals(nearest("", WORDS), undefined);
});
