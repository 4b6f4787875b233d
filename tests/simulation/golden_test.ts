import { fail } from "@std/assert";
import { measureMatrix } from "./golden.ts";
import { GOLDEN_MATRIX } from "./golden_matrix.ts";

Deno.test("transfers cost what the golden matrix says", () => {
  const measured = measureMatrix();
  const changes = GOLDEN_MATRIX.flatMap((line, index) =>
    line === measured[index] ? [] : [`- ${line}`, `+ ${measured[index]}`]
  );
  if (changes.length === 0) return;
  const hint = "deno task -q sim --golden > tests/simulation/golden_matrix.ts";
  const lines = [`  ${GOLDEN_MATRIX[0]}`, ...changes].join("\n");
  fail(`Transfers cost something else; if that is wanted: ${hint}\n${lines}\n`);
});
