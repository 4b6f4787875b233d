/**
 * offline/probe.ts as the tasks run it, against registries of our own: one that refuses, one that
 * never answers, one that has the packages, and none at all once they are in the cache.
 */

import { assertEquals, assertLess } from "@std/assert";
import { fromFileUrl } from "@std/path";
import denoJson from "../../deno.json" with { type: "json" };

const PROBE = new URL("../../offline/probe.ts", import.meta.url);
const MAP = "offline/import_map.json";
const FLAG = `--import-map=${new URL(`../../${MAP}`, import.meta.url)}`;
const NOTICE = "tftp: JSR, where Deno's standard library comes from, is out of reach; " +
  "adapters in offline/ do the same, and nothing is missing\n";
/** The probe's own bound is 1.2 s; the rest is for a machine that is busy with other tests. */
const PROMPT_MS = 6_000;

interface Answer {
  stdout: string;
  stderr: string;
  elapsedMs: number;
}

async function runProbe(
  port: number,
  options: { cache: string; args?: string[]; map?: string },
): Promise<Answer> {
  const started = performance.now();
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "--allow-env=TFTP_IMPORT_MAP", PROBE.href, ...options.args ?? []],
    env: {
      DENO_DIR: options.cache,
      JSR_URL: `http://127.0.0.1:${port}/`,
      NO_COLOR: "1",
      NO_PROXY: "127.0.0.1",
      TFTP_IMPORT_MAP: options.map ?? "",
    },
  }).output();
  const decoder = new TextDecoder();
  const elapsedMs = performance.now() - started;
  return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr), elapsedMs };
}

async function withCache(use: (cache: string) => Promise<void>): Promise<void> {
  const cache = await Deno.makeTempDir();
  try {
    await use(cache);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

/** A port nothing listens on. */
function closedPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** A registry with the four packages, each one empty module. */
function startRegistry(): Deno.HttpServer<Deno.NetAddr> {
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  return Deno.serve(options, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/meta.json")) return Response.json({ versions: { "1.0.0": {} } });
    const source = "export {};\n";
    if (!pathname.endsWith("_meta.json")) {
      return new Response(source, { headers: { "content-type": "text/typescript" } });
    }
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(source));
    const bytes = [...new Uint8Array(digest)];
    const checksum = `sha256-${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    return Response.json({
      exports: { ".": "./mod.ts", "./parse-args": "./mod.ts" },
      manifest: { "/mod.ts": { size: source.length, checksum } },
    });
  });
}

Deno.test("probe names the adapters when the registry refuses", async () => {
  await withCache(async (cache) => {
    const { stdout, stderr, elapsedMs } = await runProbe(closedPort(), { cache });
    assertEquals([stdout, stderr], [MAP, NOTICE]);
    assertLess(elapsedMs, PROMPT_MS);
  });
});

Deno.test("probe gives up soon on a registry that never answers", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await withCache(async (cache) => {
    const answer = await runProbe(listener.addr.port, { cache, args: ["--flag"] });
    assertEquals([answer.stdout, answer.stderr], [FLAG, NOTICE]);
    assertLess(answer.elapsedMs, PROMPT_MS);
  });
});

Deno.test("probe says nothing when the packages load, and later from the cache", async () => {
  await withCache(async (cache) => {
    const registry = startRegistry();
    const { port } = registry.addr;
    const online = await runProbe(port, { cache, args: ["--flag"] });
    await registry.shutdown();
    const offline = await runProbe(port, { cache });
    assertEquals([online.stdout, online.stderr], ["", ""]);
    assertEquals([offline.stdout, offline.stderr], ["", ""]);
  });
});

Deno.test("probe repeats what an outer task has found, without a second notice", async () => {
  await withCache(async (cache) => {
    const { stdout, stderr } = await runProbe(closedPort(), { cache, args: ["--flag"], map: MAP });
    assertEquals([stdout, stderr], [FLAG, ""]);
  });
});

Deno.test("tftp.ts names a line that works where the registry refuses", async () => {
  await withCache(async (cache) => {
    const run = async (args: string[]) => {
      const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-q", "--no-prompt", ...args],
        env: { DENO_DIR: cache, JSR_URL: `http://127.0.0.1:${closedPort()}/`, NO_COLOR: "1" },
      }).output();
      const decoder = new TextDecoder();
      return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
    };
    const program = fromFileUrl(new URL("../../tftp.ts", import.meta.url));
    const failed = await run([program, "--version"]);
    assertEquals([failed.code, failed.stdout], [7, ""]);
    const [, , line = ""] = failed.stderr.split("\n");
    const [deno, command, ...words] = line.trim().split(" ");
    assertEquals([deno, command, words.at(-1)], ["deno", "run", "--version"], failed.stderr);
    const { code, stdout } = await run(words);
    assertEquals([code, stdout], [0, `tftp ${denoJson.version}\n`]);
  });
});
