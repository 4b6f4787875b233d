import { assertEquals, assertThrows } from "@std/assert";
import { CompileError } from "../../compile/compile_error.ts";
import { ANY_IPV4_PEER } from "../../compile/network.ts";
import { permissionFlags, planBuild, type Wanted } from "../../compile/permissions.ts";

const DENIED = ["env", "run", "sys", "ffi", "import"].map((name) => `--deny-${name}`);
const ANYBODY = ANY_IPV4_PEER.join(",");

function flagsFor(wanted: Wanted): string[] {
  const flags = permissionFlags(planBuild(wanted).grants);
  assertEquals(flags.slice(0, 1), ["--no-prompt"]);
  assertEquals(flags.slice(-DENIED.length), DENIED);
  return flags.slice(1, -DENIED.length);
}

Deno.test("planBuild gives a general build network, reading and writing, and nothing else", () => {
  assertEquals(flagsFor({}), ["--allow-net", "--allow-read", "--allow-write"]);
});

Deno.test("planBuild lets a native build call the target's C library, and denies the rest", () => {
  const flags = (wanted: Wanted, arch: "x86_64" | "aarch64") =>
    permissionFlags(planBuild({ native: true, ...wanted }, { format: "elf", arch }).grants).slice(
      1,
    );
  const env =
    "--allow-env=JOURNAL_STREAM,LISTEN_FDS,LISTEN_PID,NOTIFY_SOCKET,WATCHDOG_PID,WATCHDOG_USEC";
  const rest = ["--deny-run", "--deny-sys", "--deny-import"];
  assertEquals(flags({}, "aarch64"), [
    ...["--allow-net", "--allow-read", "--allow-write"],
    "--allow-ffi=/lib/aarch64-linux-gnu/libc.so.6,/lib64/libc.so.6," +
    "/usr/lib/aarch64-linux-gnu/libc.so.6,/usr/lib64/libc.so.6,/usr/lib/libc.so.6",
    ...[env, ...rest],
  ]);
  assertEquals(flags({ serveRoot: "/srv", musl: true }, "x86_64").slice(1), [
    ...["--allow-read=/srv", "--allow-ffi=/lib/ld-musl-x86_64.so.1", env, ...rest],
  ]);
  assertEquals(flags({ client: true, musl: true }, "aarch64").slice(3), [
    ...["--allow-ffi=/lib/ld-musl-aarch64.so.1", "--deny-env", ...rest],
  ]);
  for (const format of ["macho", "pe"] as const) {
    const plan = () => planBuild({ native: true }, { format, arch: "x86_64" });
    assertThrows(plan, CompileError, "--native is for Linux");
  }
});

Deno.test("planBuild keeps a server to its folder, sockets and clients", () => {
  const serveRoot = "/srv/tftp";
  assertEquals(flagsFor({ serveRoot, clients: "10.0.0.0/8, 192.0.2.7" }), [
    "--allow-net=0.0.0.0:69,0.0.0.0:0,10.0.0.0/8,192.0.2.7",
    "--allow-read=/srv/tftp",
  ]);
  assertEquals(flagsFor({ serveRoot, uploads: "new" }), [
    `--allow-net=0.0.0.0:69,0.0.0.0:0,${ANYBODY}`,
    "--allow-read=/srv/tftp",
    "--allow-write=/srv/tftp",
  ]);
  const listen = ["192.0.2.1:6969", "[2001:db8::1]:6969"];
  assertEquals(flagsFor({ serveRoot, listen, clients: "[2001:db8::2]", singlePort: true }), [
    "--allow-net=192.0.2.1:6969,[2001:db8::1]:6969,[2001:db8::2]",
    "--allow-read=/srv/tftp",
  ]);
  assertEquals(flagsFor({ serveRoot: "C:\\srv", listen: ["[::]:69"] }), [
    "--allow-net",
    "--allow-read=C:\\srv",
  ]);
});

Deno.test("planBuild presets what a server build serves", () => {
  const wanted = { serveRoot: "/srv/tftp", uploads: "overwrite", listen: ["0.0.0.0:6969"] };
  assertEquals(planBuild({ ...wanted, singlePort: true }).serve, {
    dir: ["/srv/tftp"],
    address: ["0.0.0.0"],
    port: ["6969"],
    uploads: ["overwrite"],
    "single-port": ["true"],
  });
  const { allow, "deny-silently": quiet } =
    planBuild({ serveRoot: "/srv", clients: "10.0.0.0/8,[::1]" }).serve;
  assertEquals([allow, quiet], [["10.0.0.0/8", "::1"], ["true"]]);
  assertEquals(planBuild({}).serve, {});
});

Deno.test("planBuild lets a server show what it does at one address, and presets it", () => {
  const wanted = { serveRoot: "/srv", clients: "10.0.0.0/8", http: "127.0.0.1:8069" };
  assertEquals(flagsFor(wanted)[0], "--allow-net=0.0.0.0:69,0.0.0.0:0,10.0.0.0/8,127.0.0.1:8069");
  assertEquals(planBuild(wanted).serve["http"], ["127.0.0.1:8069"]);
});

Deno.test("planBuild lets a client listen nowhere and touch only its folders", () => {
  assertEquals(flagsFor({ client: true }), [
    `--allow-net=0.0.0.0:0,${ANYBODY}`,
    "--allow-read=.",
    "--allow-write=.",
  ]);
  assertEquals(flagsFor({ client: true, servers: "10.0.0.1,::1", files: ["/lab", "x"] }), [
    "--allow-net=0.0.0.0:0,[::]:0,10.0.0.1,[::1]",
    "--allow-read=/lab,x",
    "--allow-write=/lab,x",
  ]);
  assertEquals(flagsFor({ client: true, servers: "any" })[0], "--allow-net");
});

const REFUSED: readonly [wanted: Wanted, message: string][] = [
  [{ serveRoot: "srv" }, 'an absolute path such as /srv/tftp, not "srv"'],
  [{ serveRoot: "/a,b" }, "can't contain a comma"],
  [{ serveRoot: "/srv", uploads: "on" }, "one of off, new, overwrite, version"],
  [{ serveRoot: "/srv", listen: ["69"] }, 'as 0.0.0.0:69, not "69"'],
  [{ serveRoot: "/srv", listen: ["0.0.0.0:0"] }, "--listen needs"],
  [{ serveRoot: "/srv", listen: ["lab:69"] }, "--listen needs"],
  [{ serveRoot: "/srv", listen: ["10.0.0.1:69", "10.0.0.2:70"] }, "one server has one port"],
  [{ serveRoot: "/srv", clients: "10.0.0.0/33" }, "--clients needs addresses and networks"],
  [{ serveRoot: "/srv", clients: "fd00::/8" }, "know no IPv6 networks"],
  [{ serveRoot: "/srv", clients: "10.0.0.0/8", listen: ["[::]:69"] }, "use --listen 0.0.0.0:PORT"],
  [{ serveRoot: "/srv", http: "8069" }, "--http needs an address and a port"],
  [{ serveRoot: "/srv", client: true }, "cannot be combined"],
  [{ uploads: "new" }, "--uploads works only with --serve-root"],
  [{ client: true, clients: "10.0.0.1" }, "--clients works only with --serve-root"],
  [{ serveRoot: "/srv", files: ["x"] }, "--files works only with --client"],
  [{ client: true, files: ["a,b"] }, "can't contain a comma"],
  [{ musl: true }, "--musl works only with --native"],
];

Deno.test("planBuild refuses what contradicts itself or Deno has no word for", () => {
  for (const [wanted, message] of REFUSED) {
    assertThrows(() => planBuild(wanted), CompileError, message);
  }
});

Deno.test("ANY_IPV4_PEER covers every address but those that begin with 0", () => {
  let next = 2 ** 24;
  for (const network of ANY_IPV4_PEER) {
    const [first = "", bits] = network.split("/");
    assertEquals(Number(first.split(".")[0]) * 2 ** 24, next);
    next += 2 ** (32 - Number(bits));
  }
  assertEquals(next, 2 ** 32);
});
