/** What the system knows of machines, told to templates: only a real network fills an ARP table. */

import { assertEquals } from "@std/assert";
import { CABLE, lacksNetworks } from "../../helpers/net/cable.ts";
import { cliArgs, run } from "../../helpers/process/cli.ts";
import { allowedPlaces } from "../../../src/net/native/libc_paths.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

Deno.test({
  name: "serve --template tells a client its MAC address, by the ARP table",
  ignore: lacksNetworks,
  fn: async () => {
    using folder = new TempFolder();
    using outside = new TempFolder();
    folder.write("a.cfg", "{mac} {ip} {hostname}");
    const hosts = outside.write("hosts", "02:00:5e:10:00:77 - kiosk\n");
    const permissions = ["--no-prompt", "--allow-net", "--allow-read", "--allow-env"];
    const args = ["serve", "-p", "6969", "-a", "198.51.100.1", "--io", "native"];
    const program = cliArgs(
      [...args, "--template", "*.cfg", "--hosts", hosts, folder.path],
      [...permissions, `--allow-ffi=${allowedPlaces()[0]}`],
    );
    const script = `${CABLE}
      inside ip link set far0 down
      inside ip link set far0 address 02:00:5e:10:00:77
      inside ip link set far0 up
      "$@" > "${outside.at("log")}" 2>&1 &
      serving=$!
      until grep -q serving "${outside.at("log")}"; do sleep 0.1; done
      inside curl -s --max-time 20 tftp://198.51.100.1:6969/a.cfg
      kill $serving
      wait $serving
    `;
    const { stdout, stderr } = await run("unshare", {
      args: ["--net", "sh", "-c", script, "sh", Deno.execPath(), ...program],
    });
    assertEquals(stdout, "02:00:5e:10:00:77 198.51.100.2 kiosk", stderr);
  },
});
