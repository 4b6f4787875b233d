import { assertEquals } from "@std/assert";
import { likelyFile, type Start, tryLine } from "../../src/cli/text/try_line.ts";

const FROM_TASK: Start = {
  os: "linux",
  standalone: false,
  serverOnly: false,
  execPath: "/usr/bin/deno",
  denoVersion: "2.9.6",
  mainModule: "file:///srv/tftp/main.ts",
  root: "file:///srv/tftp/",
  cwd: "/srv/tftp",
  importMap: undefined,
};

Deno.test("tryLine fits the way the program was started", () => {
  const compiled = { ...FROM_TASK, standalone: true };
  const npm = "/srv/npm/_npx/0a/node_modules/@deno/linux-x64-glibc/deno";
  const cases: [changes: Partial<Start>, line: string][] = [
    [{}, "deno task get"],
    [{ execPath: npm }, "npx -y deno@2.9.6 task get"],
    [
      { cwd: "/tmp" },
      "deno run --unstable-net --allow-net --allow-read --allow-write /srv/tftp/main.ts get",
    ],
    [
      { cwd: "/srv/tftp/sub", importMap: "file:///srv/tftp/offline/import_map.json" },
      "deno run --import-map=/srv/tftp/offline/import_map.json --unstable-net --allow-net " +
      "--allow-read --allow-write /srv/tftp/main.ts get",
    ],
    [
      { root: "https://example.org/t/", mainModule: "https://example.org/t/main.ts" },
      "deno run --allow-import=example.org --unstable-net --allow-net --allow-read " +
      "--allow-write https://example.org/t/main.ts get",
    ],
    [
      { root: "file:///a%20b/", mainModule: "file:///a%20b/it's.ts" },
      "deno run --unstable-net --allow-net --allow-read --allow-write '/a b/it'\\''s.ts' get",
    ],
    [{ ...compiled, execPath: "/usr/bin/tftp-deno" }, "tftp-deno get"],
    [{ ...compiled, execPath: "/srv/dist/tftp" }, "/srv/dist/tftp get"],
  ];
  for (const [changes, line] of cases) {
    const start = { ...FROM_TASK, ...changes };
    assertEquals(
      tryLine(start, { server: "127.0.0.1:6969", file: "pxelinux.0" }),
      `${line} -o /dev/null 127.0.0.1:6969 pxelinux.0`,
    );
  }
});

Deno.test("tryLine names another client where this program can be none", () => {
  const lab = { ...FROM_TASK, standalone: true, serverOnly: true };
  const line = tryLine(lab, { server: "[::1]:69", file: "FILE" });
  assertEquals(line, "curl -o /dev/null tftp://[::1]:69/FILE");
});

Deno.test("likelyFile prefers what boots, and never offers what may be secret", () => {
  const cases: [names: string[], file: string | undefined][] = [
    [["README.md", "initrd.gz", "secret"], "initrd.gz"],
    [["b.txt", "a.txt"], "a.txt"],
    [["pxelinux.0", "bootx64.efi"], "bootx64.efi"],
    [[".profile", "secret", "passwd", "shadow", "id_rsa", "boot.key", "password.txt"], undefined],
    [["two words.txt", "-flag.txt", "ünïcode.bin", "$x.img"], undefined],
    [["switch.cfg", "notes", "dump"], undefined],
    [[], undefined],
  ];
  for (const [names, file] of cases) assertEquals(likelyFile(names), file, names.join(" "));
});
