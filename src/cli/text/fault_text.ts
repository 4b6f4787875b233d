/** Parses and prints `loss=1%,dup=0.5%,reorder=1%,delay=20ms,seed=7`. Pure. */

import type { FaultSpec } from "../../instruments/fault_plan.ts";
import type { FaultOptions } from "../args/command.ts";
import { nearest } from "../../files/suggest.ts";
import { UsageError } from "../args/usage_error.ts";

const CHANCES = ["loss", "dup", "reorder"] as const;
const KEYS = [...CHANCES, "delay", "seed"];

/** @throws {UsageError} that names the invalid part. */
export function parseFaults(text: string): FaultOptions {
  const values = new Map<string, number>();
  for (const part of text.split(",")) {
    const [key = "", value = ""] = part.split("=");
    if (!KEYS.includes(key)) {
      const close = nearest(key, KEYS);
      const hint = close === undefined
        ? `; it knows ${KEYS.join(", ")}`
        : `; did you mean ${close}?`;
      throw new UsageError(`--fault does not know "${key}"${hint}`);
    }
    if (values.has(key)) throw new UsageError(`--fault has two values for ${key}`);
    values.set(key, readValue(key, value));
  }
  return {
    loss: values.get("loss") ?? 0,
    dup: values.get("dup") ?? 0,
    reorder: values.get("reorder") ?? 0,
    delayMs: values.get("delay") ?? 0,
    seed: values.get("seed"),
  };
}

/** The complete specification, as `--fault` takes it. */
export function faultText({ loss, dup, reorder, delayMs, seed }: FaultSpec): string {
  const chances = { loss, dup, reorder };
  return [
    ...CHANCES.filter((key) => chances[key] > 0).map((key) => `${key}=${percent(chances[key])}%`),
    ...(delayMs > 0 ? [`delay=${delayMs}ms`] : []),
    `seed=${seed}`,
  ].join(",");
}

function readValue(key: string, text: string): number {
  if (key === "seed") {
    if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 32) return Number(text);
    throw new UsageError(`--fault needs a seed from 0 to 4294967295, not "${text}"`);
  }
  if (key === "delay") {
    const match = /^(\d{1,5}(?:\.\d{1,3})?)(ms|s)$/.exec(text);
    const ms = match ? Number(match[1]) * (match[2] === "s" ? 1000 : 1) : Infinity;
    if (ms <= 60_000) return ms;
    throw new UsageError(`--fault needs a delay such as 20ms or 1.5s, up to 60s, not "${text}"`);
  }
  const match = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text);
  if (match && Number(match[1]) <= 100) return Number(match[1]) / 100;
  throw new UsageError(`--fault needs ${key} in percent, such as 1% or 0.5%, not "${text}"`);
}

function percent(chance: number): number {
  return Number((chance * 100).toFixed(6));
}
