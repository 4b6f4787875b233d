/** Giving up root: which user is meant, and that nothing of root is left. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { NetworkError } from "../../../src/engine/errors.ts";
import { becomeUser } from "../../../src/net/native/privileges.ts";
import { System } from "../../../src/net/native/system.ts";
import { findUser } from "../../../src/net/native/user.ts";
import { importMapArgs } from "../../helpers/process/cli.ts";
import { LACKS_NATIVE, takenLibc } from "../../helpers/net/native.ts";
import { describe, RawClient, rrq } from "../../helpers/net/raw_client.ts";
import { TempFolder } from "../../helpers/files/temp_folder.ts";

const PROGRAM = fromFileUrl(
  new URL("../../helpers/process/privileged_program.ts", import.meta.url),
);
const ADDRESS = "127.0.0.1";
const NOBODY = 65534;

const FILES: Readonly<Record<string, string>> = {
  "/etc/passwd": "root:x:0:0:root:/root:/bin/sh\nbroken\ntftp:x:107:112::/srv:/bin/false\n" +
    "12:x:200:201::/:/bin/false\n",
  "/etc/group": "root:x:0:\ntftp:x:112:\nboot:x:40:other,tftp\nimages:x:41:tftp\nten:x:10:tftpx\n",
};

function find(spec: string) {
  return findUser(spec, (path) => FILES[path]!);
}

Deno.test("findUser() takes names, numbers, and one group instead of the user's own", () => {
  assertEquals(find("tftp"), { name: "tftp", uid: 107, gid: 112, groups: [112, 40, 41] });
  assertEquals(find("107"), { name: "107", uid: 107, gid: 112, groups: [112, 40, 41] });
  assertEquals(find("tftp:boot"), { name: "tftp:boot", uid: 107, gid: 40, groups: [40] });
  assertEquals(find("tftp:7"), { name: "tftp:7", uid: 107, gid: 7, groups: [7] });
  assertEquals(find("9:images"), { name: "9:images", uid: 9, gid: 41, groups: [41] });
  const unreadable = (path: string) => {
    throw new Error(`two numbers do not need ${path}`);
  };
  assertEquals(findUser("9:8", unreadable), { name: "9:8", uid: 9, gid: 8, groups: [8] });
});

Deno.test("findUser() says what is missing, and what to do", () => {
  for (
    const [spec, message] of [
      ["", '--user needs NAME or NAME:GROUP, not ""'],
      ["tftp:", "--user needs NAME or NAME:GROUP"],
      [":tftp", "--user needs NAME or NAME:GROUP"],
      ["a:b:c", "--user needs NAME or NAME:GROUP"],
      ["nobody", 'User "nobody" is not in /etc/passwd'],
      ["broken", 'User "broken" is not in /etc/passwd'],
      ["12x", 'User "12x" is not in'],
      ["300", "give both, such as --user 300:300"],
      ["4294967295", 'User "4294967295" is not in'],
      ["tftp:none", 'Group "none" is not in /etc/group'],
    ] as const
  ) {
    assertThrows(() => find(spec), NetworkError, message, spec);
  }
  const read = () => {
    throw new Deno.errors.NotCapable("no permission");
  };
  assertThrows(() => findUser("tftp", read), NetworkError, "add --allow-read=/etc/passwd, or");
});

Deno.test({
  name: "becomeUser() tells which step the system refuses, and what it could become again",
  ignore: LACKS_NATIVE,
  fn() {
    const user = { name: "tftp", uid: 107, gid: 112, groups: [112] };
    const ids = (uid: number) => (...into: unknown[]) => {
      for (const one of into) (one as Uint32Array)[0] = uid;
      return 0;
    };
    const groups = (...held: number[]) => (_: number, into: unknown) => {
      (into as Uint32Array).set(held);
      return held.length;
    };
    const works = {
      setgroups: () => 0,
      setgid: (gid: number) => gid === 0 ? -1 : 0,
      setuid: (uid: number) => uid === 0 ? -1 : 0,
      getresuid: ids(107),
      getresgid: () => {
        let calls = 0;
        // Before the change it is root's.
        return (...into: unknown[]) => ids(calls++ === 0 ? 0 : 112)(...into);
      },
      getgroups: groups(112),
      capget: () => 0,
    };
    const become = (change: object) => {
      const { getresgid, ...others } = works;
      const fake = { ...takenLibc(), ...others, getresgid: getresgid(), ...change };
      becomeUser(new System(fake), user);
    };
    const mayBind = (...[, , sets]: unknown[]) => ((sets as Uint32Array)[1] = 0x400, 0);
    become({});
    become({ getresgid: ids(112), getgroups: groups(), setgroups: () => -1 });
    for (
      const [change, message] of [
        [{ setgroups: () => -1 }, "Can't become user tftp: its groups 112 ("],
        [{ setgid: () => -1 }, "its group 112 ("],
        [{ setuid: () => -1 }, "start as root, or as that user"],
        [{ getresuid: ids(0) }, "the process has users 0,0,0 and groups 112,112,112"],
        [{ setuid: () => 0 }, "could become root again"],
        [{ setgid: () => 0 }, "could become root again"],
        [
          { getgroups: groups(112, 40) },
          "the process has users 107,107,107 and groups 112,112,112,40",
        ],
        [{ getgroups: () => -1 }, "Can't read groups"],
        [{ capget: mayBind }, "0x400"],
        // It has these numbers already, and may not give up what it has beside them.
        [{ getresgid: ids(112), capget: mayBind }, "0x400"],
        [{ getresgid: ids(112), getgroups: groups(40), setgroups: () => -1 }, "its groups 112 ("],
      ] as const
    ) {
      assertThrows(() => become(change), NetworkError, message);
    }
    const root = { name: "root", uid: 0, gid: 0, groups: [0] };
    assertThrows(() => becomeUser(new System(takenLibc()), root), NetworkError, "leave it out");
  },
});

/** Starts a program as nobody, with groups of root and the capabilities that it needs. */
const CAPABILITIES = "+setuid,+setgid,+net_bind_service,+dac_override";
const AS_NOBODY = [
  ...["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, `--groups=0,4,${NOBODY}`],
  ...[`--inh-caps=${CAPABILITIES}`, `--ambient-caps=${CAPABILITIES}`],
];

for (const [who, start] of [["root", []], ["the user itself", AS_NOBODY]] as const) {
  Deno.test({
    name: `becomeUser() leaves ${who} no right of root in any thread, and open ports serve on`,
    ignore: LACKS_NATIVE || Deno.uid() !== 0,
    async fn() {
      using folder = new TempFolder();
      const port = freeLowPort();
      Deno.chmodSync(folder.path, 0o755);
      for (const [name, uid] of [["nobodys", NOBODY], ["roots", 0]] as const) {
        const path = folder.write(name, `of ${name}`);
        Deno.chownSync(path, uid, uid);
        Deno.chmodSync(path, 0o400);
      }
      const run = [Deno.execPath(), "run", ...importMapArgs(), "-A", PROGRAM];
      const [program, ...args] = [...start, ...run, "nobody", ADDRESS, String(port), folder.path];
      const child = new Deno.Command(program!, {
        args,
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      const { value = "" } = await lines.read();
      const { threads, ...rest } = JSON.parse(value);
      assertEquals(rest, {
        ...{ had: true, has: false, setuid: -1, setgid: -1 },
        ...{ shadow: "PermissionDenied", port: "PermissionDenied", again: "done" },
      });
      assert(threads.length >= 3, `${threads.length} threads`);
      const ids = Array(4).fill(NOBODY).join(" ");
      const none = "0".repeat(16);
      const expected = `Uid: ${ids}; Gid: ${ids}; Groups: ${NOBODY}; ` +
        `CapPrm: ${none}; CapEff: ${none}; CapAmb: ${none}`;
      assertEquals([...new Set(threads)], [expected]);
      await using client = new RawClient();
      const answers: string[] = [];
      for (const name of ["nobodys", "roots"]) {
        await client.send(rrq(name), port);
        answers.push(describe(await client.next()));
      }
      assertEquals(answers, ["DATA 1 (10 bytes)", 'ERROR 2 "Access violation"']);
      await child.stdin.close();
      await lines.cancel();
      assertEquals((await child.status).code, 0);
    },
  });
}

/** Port 69, or another that only root may bind where a server has that one. */
function freeLowPort(): number {
  for (let port = 69; port < 1024; port++) {
    try {
      Deno.listenDatagram({ transport: "udp", hostname: ADDRESS, port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error(`${ADDRESS} has no free port below 1024`);
}
