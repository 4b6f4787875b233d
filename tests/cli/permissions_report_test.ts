import { assertEquals } from "@std/assert";
import type { Build } from "../../src/cli/args/build.ts";
import { permissionsReport } from "../../src/cli/permissions/permissions_report.ts";

const LAB: Build = {
  kind: "server",
  grants: { net: ["0.0.0.0:69", "0.0.0.0:0", "10.0.0.0/8"], read: ["/srv/tftp"], write: [] },
  serve: { dir: ["/srv/tftp"], address: ["0.0.0.0"], port: ["69"], uploads: ["off"] },
};

const NOTHING_ELSE = ["env", "run", "sys", "ffi", "import"].map((name) =>
  `  ${name.padEnd(8)}nothing`
);

Deno.test("permissionsReport lists what a lab build may do", () => {
  const narrow = (permission: { host?: string; path?: string }) =>
    permission.host !== undefined || permission.path !== undefined;
  assertEquals(permissionsReport(LAB, narrow), [
    "tftp, built to serve /srv/tftp on 0.0.0.0:69 (uploads: off):",
    "  net     0.0.0.0:69, 0.0.0.0:0, 10.0.0.0/8",
    "  read    /srv/tftp",
    "  write   nothing",
    ...NOTHING_ELSE,
  ]);
});

Deno.test("permissionsReport believes Deno and not the build", () => {
  const lines = permissionsReport(LAB, ({ host }) => host === "10.0.0.0");
  assertEquals(lines.slice(1, 3), [
    "  net     0.0.0.0:69 (not granted), 0.0.0.0:0 (not granted), 10.0.0.0/8",
    "  read    /srv/tftp (not granted)",
  ]);
  assertEquals(permissionsReport(LAB, () => true)[1], "  net     everything");
});

Deno.test("permissionsReport tells the library and the variables of a native build", () => {
  const grants = { ...LAB.grants, ffi: ["/lib/libc.so.6"], env: ["LISTEN_FDS", "LISTEN_PID"] };
  const lines = permissionsReport(
    { ...LAB, grants },
    ({ path, variable }) => path === "/lib/libc.so.6" || variable === "LISTEN_FDS",
  );
  assertEquals(lines.slice(4), [
    "  env     LISTEN_FDS, LISTEN_PID (not granted)",
    "  run     nothing",
    "  sys     nothing",
    "  ffi     /lib/libc.so.6",
    "  import  nothing",
  ]);
});

Deno.test("permissionsReport without a build tells of whole kinds", () => {
  const lines = permissionsReport(undefined, ({ name }) => name === "net");
  assertEquals(lines.slice(0, 3), [
    "tftp, run by Deno with its flags:",
    "  net     everything",
    "  read    not everything (Deno does not tell what)",
  ]);
  // Deno may have granted a part of these.
  assertEquals(lines.slice(-2), [
    "  ffi     not everything (Deno does not tell what)",
    "  import  not everything (Deno does not tell what)",
  ]);
});
