/**
 * The library can be published: its types are written out, and nothing it needs is left behind.
 *
 * Publishing looks JSR's packages up, so it is tried in a copy of the tree where the adapters stand
 * in for them. Nothing is sent anywhere.
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import config from "../../../deno.json" with { type: "json" };
import { run } from "../../helpers/process/cli.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;

Deno.test({
  name: "deno publish --dry-run finds nothing wrong with the library",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    using copy = new TempFolder();
    const include = [...config.publish.include, "offline"];
    const { imports } = JSON.parse(await Deno.readTextFile(join(ROOT, "offline/import_map.json")));
    const adapters = Object.entries<string>(imports).map(([name, path]) =>
      [name, path.replace("./", "./offline/")] as const
    );
    await run("cp", { args: ["-R", ...include, copy.path], cwd: ROOT });
    copy.write(
      "deno.json",
      JSON.stringify({
        ...config,
        imports: Object.fromEntries(adapters),
        publish: { include },
      }),
    );
    const { code, stdout, stderr } = await run(Deno.execPath(), {
      args: ["publish", "--dry-run", "--allow-dirty"],
      cwd: copy.path,
    });
    assertEquals(code, 0, stdout + stderr);
    assertStringIncludes(stderr, "Dry run complete");
  },
});
