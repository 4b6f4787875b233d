// deno-lint-ignore-file no-console
/**
 * What a broken or hijacked server might try. It is compiled with a lab build's own permission
 * flags, and prints for each operation whether Deno stopped it.
 *
 * Arguments: the served folder, and an address outside of what the build allows.
 */

type Operation = () => unknown;

/** A host from which Deno allows imports unless that is denied. */
const IMPORT = {
  name: "import",
  host: ["jsr", "io:443"].join("."),
} as unknown as Deno.PermissionDescriptor;

if (import.meta.main) {
  const [root = "", stranger = ""] = Deno.args;
  for (const [name, operation] of Object.entries(operations(root, stranger))) {
    console.log(`${name}: ${await attempt(operation)}`);
  }
}

function operations(root: string, stranger: string): Record<string, Operation> {
  const bind = (hostname: string, port: number) => {
    Deno.listenDatagram({ transport: "udp", hostname, port }).close();
  };
  return {
    "read the root": () => Deno.readDirSync(root).next(),
    "read outside": () => Deno.readTextFileSync("/etc/passwd"),
    "read upwards": () => Deno.readTextFileSync(`${root}/../secret`),
    "write the root": () => Deno.writeTextFileSync(`${root}/new`, ""),
    "write outside": () => Deno.writeTextFileSync("/tmp/tftp-rogue", ""),
    "have any free port": () => bind("0.0.0.0", 0),
    "listen elsewhere": () => bind("0.0.0.0", 6970),
    "send to a stranger": () => send(stranger),
    "open a web page": () => Deno.connect({ hostname: stranger, port: 80 }),
    "resolve a name": () => Deno.resolveDns("example.org", "A"),
    "read the environment": () => Deno.env.toObject(),
    "run a program": () => new Deno.Command("/bin/true").outputSync(),
    "load a library": () => Deno.dlopen("libc.so.6", {}),
    "ask for the host": () => Deno.hostname(),
    "import from afar": () => Deno.permissions.querySync(IMPORT).state === "granted" || refuse(),
  };
}

function refuse(): never {
  throw new Deno.errors.NotCapable();
}

async function send(hostname: string): Promise<void> {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port: 0 });
  try {
    await socket.send(new Uint8Array(4), { transport: "udp", hostname, port: 69 });
  } finally {
    socket.close();
  }
}

async function attempt(operation: Operation): Promise<string> {
  try {
    await operation();
    return "done";
  } catch (error) {
    return error instanceof Deno.errors.NotCapable ? "refused" : `failed (${error})`;
  }
}
