import { assertEquals, assertThrows } from "@std/assert";
import { faultText, parseFaults } from "../../src/cli/text/fault_text.ts";
import { UsageError } from "../../src/cli/args/usage_error.ts";

Deno.test("parseFaults reads chances, a delay and a seed", () => {
  assertEquals(parseFaults("loss=1%,dup=0.5%,reorder=1%,delay=20ms,seed=7"), {
    loss: 0.01,
    dup: 0.005,
    reorder: 0.01,
    delayMs: 20,
    seed: 7,
  });
  assertEquals(parseFaults("delay=1.5s").delayMs, 1500);
  assertEquals(parseFaults("loss=100%").seed, undefined);
});

Deno.test("faultText writes what parseFaults reads", () => {
  const text = "loss=1%,dup=0.5%,reorder=12.5%,delay=20ms,seed=4294967295";
  assertEquals(faultText({ ...parseFaults(text), seed: 4294967295 }), text);
  assertEquals(faultText({ ...parseFaults("loss=0%"), seed: 0 }), "seed=0");
});

Deno.test("parseFaults names what means nothing", () => {
  const cases = {
    "los=1%": '--fault does not know "los"; did you mean loss?',
    "jitter=1ms": '--fault does not know "jitter"; it knows loss, dup, reorder, delay, seed',
    "loss=1": '--fault needs loss in percent, such as 1% or 0.5%, not "1"',
    "loss=101%": '--fault needs loss in percent, such as 1% or 0.5%, not "101%"',
    "delay=20": "--fault needs a delay such as 20ms or 1.5s",
    "delay=61s": "--fault needs a delay such as 20ms or 1.5s, up to 60s",
    "seed=-1": '--fault needs a seed from 0 to 4294967295, not "-1"',
    "loss=1%,loss=2%": "--fault has two values for loss",
    "": '--fault does not know ""',
  };
  for (const [text, message] of Object.entries(cases)) {
    assertThrows(() => parseFaults(text), UsageError, message, text);
  }
});
