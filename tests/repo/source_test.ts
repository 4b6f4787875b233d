import { assertEquals } from "@std/assert";
import { blank } from "../helpers/process/source.ts";

Deno.test("blank() hides text and keeps code", () => {
  const hidden = [
    "// Deno.",
    "/* a\nDeno. */",
    '"Deno."',
    '"\\"Deno."',
    "'Deno.'",
    "`Deno.`",
    "x = /[/]Deno./g;",
    "return /Deno./;",
  ];
  const shown = [
    "Deno.",
    "`${Deno.x}`",
    '"" + Deno.x',
    "a / Deno.x / b",
    "/* */ Deno.",
    "'\"'; Deno.",
  ];
  assertEquals(hidden.filter((text) => blank(text).includes("Deno.")), []);
  assertEquals(shown.filter((text) => !blank(text).includes("Deno.")), []);
});
