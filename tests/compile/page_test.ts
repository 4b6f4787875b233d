import { assert, assertEquals } from "@std/assert";
import { ASSETS, compose, libraryIn } from "../../compile/page.ts";
import { findPackage } from "../helpers/process/peers.ts";

const composed = JSON.parse(await Deno.readTextFile(ASSETS));

Deno.test("the page in the program is made from its files: deno task page", async () => {
  const made = await compose(libraryIn(composed.html));
  assertEquals(made.policy, composed.policy);
  assert(made.html === composed.html, "src/watch/page/ has changed: run deno task page");
});

Deno.test("the page carries uPlot whole, with its licence", () => {
  const { script, style } = libraryIn(composed.html);
  for (const text of [script, style]) assert(text.includes("Permission is hereby granted"));
  const folder = findPackage("uplot")?.path;
  if (folder === undefined) return assert(/uPlot \(v[\d.]+\)/.test(script));
  const read = (name: string) => Deno.readTextFileSync(`${folder}/dist/${name}`);
  assert(script.endsWith(read("uPlot.iife.min.js")));
  assert(style.endsWith(read("uPlot.min.css")));
});
