/** The whole program on aarch64, over native sockets, under qemu-user. */

import { Aarch64, lacksAarch64 } from "../../helpers/process/aarch64.ts";
import { carriesFilesWhole } from "./foreign_machine.ts";

Deno.test({
  name: "serve, get and put on aarch64 carry files whole over native sockets",
  ignore: lacksAarch64(),
  fn: async () => {
    using machine = new Aarch64();
    await carriesFilesWhole(machine, { windows: ["16"] });
  },
});
