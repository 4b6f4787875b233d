import { assertEquals, fail } from "@std/assert";
import { DELAYS_MS, DIRECTIONS, LOSS_PERCENTS, measureMatrix, WINDOWSIZES } from "./golden.ts";
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

Deno.test("no cell of the golden matrix sends more than 1 + 3 × loss per block", () => {
  let cells = 0;
  for (const line of GOLDEN_MATRIX.slice(1)) {
    const [, , lossPercent, , ...values] = line.split(/ +/);
    const most = 1 + 3 * Number(lossPercent) / 100;
    for (let column = 1; column < values.length; column += 2) {
      if (Number(values[column]) > most) fail(`${line}: more than ${most.toFixed(4)}`);
      cells++;
    }
  }
  assertEquals(
    cells,
    DIRECTIONS.length * WINDOWSIZES.length * LOSS_PERCENTS.length * DELAYS_MS.length,
  );
});
