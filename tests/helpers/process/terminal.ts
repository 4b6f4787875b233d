/** A real terminal, by way of tmux, with the command line running in it. */

import { cliArgs, run } from "./cli.ts";

const POLL_MS = 50;
const PATIENCE_MS = 20_000;

export class Terminal implements AsyncDisposable {
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  /** Runs `tftp` with these arguments; when it ends, the screen says `exit=CODE`. */
  static async open(
    args: string[],
    { cwd, columns = 80, rows = 24 }: { cwd: string; columns?: number; rows?: number },
  ): Promise<Terminal> {
    const terminal = new Terminal(`tftp-test-${crypto.randomUUID()}`);
    const words = [Deno.execPath(), ...cliArgs(args)].map(quoted).join(" ");
    const size = ["-x", String(columns), "-y", String(rows)];
    // Ctrl-C reaches the shell too, which has to live on and tell the exit code.
    const line = `trap : INT; cd ${quoted(cwd)} && clear && ${words}; echo "exit=$?"; sleep 60`;
    await terminal.#tmux("-f", "/dev/null", "new-session", "-d", ...size, "sh", "-c", line);
    return terminal;
  }

  /** What is on the screen, without blanks at the ends of lines. */
  async screen(): Promise<string> {
    const text = await this.#tmux("capture-pane", "-p");
    return text.split("\n").map((line) => line.trimEnd()).join("\n").trimEnd();
  }

  /** Looks until the pattern is on the screen; returns the screen. */
  async waitFor(pattern: RegExp): Promise<string> {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const screen = await this.screen();
      if (pattern.test(screen)) return screen;
      if (performance.now() > until) throw new Error(`${pattern} did not come:\n${screen}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async type(...keys: string[]): Promise<void> {
    await this.#tmux("send-keys", ...keys);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  async cursorVisible(): Promise<boolean> {
    return (await this.#tmux("display-message", "-p", "#{cursor_flag}")).trim() === "1";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server");
  }

  async #tmux(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await run("tmux", { args: ["-L", this.#socket, ...args] });
    if (code !== 0) throw new Error(`tmux ${args[0]}: ${stderr}`);
    return stdout;
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
