// deno-lint-ignore-file no-console
/**
 * Takes the configurations that switches send, and commits each to a git repository. A device is
 * told that its file is safe (its last ACK) only after `git commit` has succeeded.
 *
 *     deno run --unstable-net --allow-net --allow-read --allow-write --allow-run=git \
 *       examples/backup_receiver.ts /srv/backups 6969
 */

import { openFileSink, refusal, serve, type Sink } from "@tftp/tftp";

const [repository = ".", port = "6969"] = Deno.args;
/** One `git` at a time: it locks its index. */
let queue: Promise<void> = Promise.resolve();

async function git(...args: string[]): Promise<boolean> {
  const command = new Deno.Command("git", { args: ["-C", repository, ...args], stdout: "null" });
  return (await command.output()).success;
}

async function commitToGit(name: string, from: string): Promise<void> {
  if (!await git("add", "--", name)) throw new Error(`git add ${name} failed`);
  // What is the same as before needs no commit.
  if (await git("diff", "--cached", "--quiet")) return;
  const isDone = await git("commit", "--quiet", "--message", `${name} from ${from}`);
  if (!isDone) throw new Error(`git commit of ${name} failed`);
}

function backup(name: string, from: string): Sink {
  const file = openFileSink(`${repository}/${name}`, { overwrite: true });
  return {
    write: (bytes) => file.write(bytes),
    commit: async () => {
      await file.commit();
      const done = queue.then(() => commitToGit(name, from));
      queue = done.catch(() => {});
      await done;
    },
    abandon: () => file.abandon(),
  };
}

await using server = serve({
  ...{ port: Number(port), uploads: "overwrite", maxUpload: 10 * 1024 ** 2 },
  handler: ({ direction, name, client }) => {
    if (direction === "get") return refusal(2, "Backups are not handed out");
    if (!/^\w[\w.-]*$/.test(name)) return refusal(2, "A name has letters, digits, dots and dashes");
    return backup(name, client.hostname);
  },
});
Deno.addSignalListener("SIGINT", () => server.shutdown());
console.log(`listening on port ${server.addresses[0]!.port}`);
for await (const event of server.events()) {
  if (event.kind === "transfer") console.log(`${event.filename}: ${event.result}`);
}
