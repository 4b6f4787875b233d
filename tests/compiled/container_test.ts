/**
 * The image of packaging/Containerfile, without a builder: a folder that holds what the image
 * would, and the compiled program with it as its root. The manifests name flags that there are.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { basename, join } from "@std/path";
import { parseCommand } from "../../src/cli/args/parse.ts";
import { Binaries, ROOT } from "../helpers/process/binary.ts";
import { run, startProgram } from "../helpers/process/cli.ts";
import { lacks, Nginx } from "../helpers/net/nginx.ts";
import { isRoot } from "../helpers/process/peers.ts";
import { RawClient, rrq } from "../helpers/net/raw_client.ts";
import { pattern, TempFolder } from "../helpers/files/temp_folder.ts";

const binaries = new Binaries();
const ignore = Deno.build.os !== "linux" || !isRoot() || await binaries.leaveOut();

/** What the image copies from the system, and where to. */
async function copies(): Promise<[from: string, to: string][]> {
  const text = await Deno.readTextFile(join(ROOT, "packaging", "Containerfile"));
  return [...text.matchAll(/^COPY --from=system (\S+) (\S+)$/gm)].map((
    [, from, to],
  ) => [from!, to!]);
}

/** The file system of the image. */
async function makeImage(image: TempFolder): Promise<void> {
  for (const [from, to] of await copies()) {
    image.makeFolder(to);
    await Deno.copyFile(from, image.at(join(to, basename(from))));
  }
  image.makeFolder("usr/bin");
  await Deno.copyFile(await binaries.path(), image.at("usr/bin/tftp"));
  await Deno.chmod(image.at("usr/bin/tftp"), 0o755);
  image.makeFolder("proc");
}

/** What runs the program in it. Whatever runs containers mounts /proc, so that is there too. */
function inside(image: TempFolder, ...args: string[]): string[] {
  const line = 'mount -t proc proc "$0/proc" && exec chroot "$0" /usr/bin/tftp "$@"';
  return ["--mount", "sh", "-c", line, image.path, ...args];
}

Deno.test({
  name: "the program serves in a root that holds what its image would",
  ignore: ignore || lacks("nginx"),
  fn: async () => {
    using image = new TempFolder();
    await makeImage(image);
    const asked = await run("unshare", { args: inside(image, "--version") });
    assertEquals([asked.code, asked.stderr], [0, ""]);
    image.write("srv/tftp/kernel", pattern(2000));
    await using nginx = await Nginx.start(() => "");
    nginx.write("initrd", pattern(3000));
    const server = await startProgram("unshare", {
      args: inside(
        image,
        ...["serve", "-p", "0", "-a", "127.0.0.1", "--single-port"],
        ...["--cache", "/cache", "--origin", nginx.url, "/srv/tftp"],
      ),
    });
    try {
      await using client = new RawClient();
      assertEquals(await client.fetch(rrq("kernel"), server.port), pattern(2000));
      assertEquals(await client.fetch(rrq("initrd"), server.port), pattern(3000));
    } finally {
      await server.stop();
    }
    // Nothing else came to be there: no temporary folder, no cache of Deno's.
    assertEquals(image.names(), ["cache", "lib", "lib64", "proc", "srv", "usr"]);
  },
});

Deno.test("the manifests start the program with flags that it knows", async () => {
  for (const name of ["gateway.yaml", "service.yaml"]) {
    const text = await Deno.readTextFile(join(ROOT, "packaging", "kubernetes", name));
    const list = /^( +)args:\n((?:\1 {2}- .*\n)+)/m.exec(text)?.[2] ?? "";
    const words = list.trim().split("\n").map((line) => line.trim().slice(2));
    assertEquals(words[0], "serve", name);
    const command = parseCommand(words);
    assert(command.kind === "serve");
    assertEquals(command.settings.origin?.cache?.folder, "/cache");
    assertEquals(command.settings.singlePort, name === "service.yaml");
  }
  const service = await Deno.readTextFile(join(ROOT, "packaging/kubernetes/service.yaml"));
  assertStringIncludes(service, "externalTrafficPolicy: Local");
  assertStringIncludes(service, "sessionAffinity: ClientIP");
});
