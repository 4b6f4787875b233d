/**
 * Draws docs/terminal.svg, the picture of the README: a server and a client at work. All text in it
 * is what the program prints in a real terminal (tmux); only the path of the temporary folder is
 * replaced.
 *
 *     deno task picture
 */

import { Terminal } from "../tests/helpers/process/terminal.ts";
import { pattern, TempFolder } from "../tests/helpers/files/temp_folder.ts";

const PICTURE = new URL("terminal.svg", import.meta.url);

const PORT = "6969";
const SERVER = `127.0.0.1:${PORT}`;
const COLUMNS = 122;
/** Slow enough that a transfer can be seen. */
const SERVE = ["serve", "-p", PORT, "--uploads", "new", "--rate", "8M", "/srv/tftp"];
const GET = ["get", SERVER, "pxelinux.0"];
const PUT = ["put", SERVER, "switch.cfg"];
const GET_TWO = ["get", "-j", "2", SERVER, "vmlinuz", "initrd.img"];

/** One window of the picture. */
interface Pane {
  readonly title: string;
  readonly lines: readonly string[];
}

/** Runs the commands, and returns what was on the screens. */
async function record(): Promise<Pane[]> {
  using served = new TempFolder();
  using here = new TempFolder();
  served.write("pxelinux.0", pattern(42_431));
  served.write("vmlinuz", pattern(9_000_000));
  served.write("initrd.img", pattern(24_000_000));
  here.write("switch.cfg", pattern(3_812));
  const size = { cwd: here.path, columns: COLUMNS };
  const words = SERVE.map((word) => word === "/srv/tftp" ? served.path : word);
  await using server = await Terminal.open(words, size);
  await server.waitFor(/Ctrl-C/);
  const client: string[] = [];
  for (const args of [GET, PUT]) {
    await using terminal = await Terminal.open(args, size);
    client.push(prompt(args), ...linesOf(await terminal.waitFor(/exit=0/)));
  }
  await using terminal = await Terminal.open(GET_TWO, size);
  client.push(prompt(GET_TWO), ...linesOf(await terminal.waitFor(/vmlinuz +[5-9]\d% .* left/)));
  const log = linesOf(await server.screen()).map((line) => line.replace(served.path, "/srv/tftp"));
  // The end of its terminal is a SIGHUP, by which a server reads its configuration again.
  await server.type("C-c");
  await server.waitFor(/exit=0/);
  return [
    { title: "server", lines: [prompt(SERVE), ...log] },
    { title: "client", lines: client },
  ];
}

function prompt(args: readonly string[]): string {
  return `$ tftp ${args.join(" ")}`;
}

/** The screen without the line for another terminal, which has paths of this machine. */
function linesOf(screen: string): string[] {
  const lines = screen.replace(/^tftp: try in another[^]*?(?=^tftp: Ctrl-C)/m, "").split("\n");
  return lines.filter((line) => line !== "" && !/^exit=/.test(line));
}

const LINE_PX = 20;
const COLUMN_PX = 8.4;
const TITLE_PX = 30;
const MARGIN_PX = 14;

/** Light or dark, as the reader's system is. */
const STYLE = `
  .pane { fill: #f6f8fa; stroke: #d0d7de; }
  text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #1f2328; }
  .title { fill: #59636e; font-size: 12px; }
  .typed { fill: #0550ae; font-weight: bold; }
  .done { fill: #116329; }
  @media (prefers-color-scheme: dark) {
    .pane { fill: #0d1117; stroke: #3d444d; }
    text { fill: #f0f6fc; }
    .title { fill: #9198a1; }
    .typed { fill: #79c0ff; }
    .done { fill: #7ee787; }
  }
`;

function svg(panes: readonly Pane[]): string {
  const width = Math.ceil(2 * MARGIN_PX + COLUMNS * COLUMN_PX);
  const parts: string[] = [];
  let top = 0;
  for (const { title, lines } of panes) {
    const height = TITLE_PX + lines.length * LINE_PX + MARGIN_PX;
    parts.push(
      `<rect class="pane" x="0.5" y="${top + 0.5}" width="${
        width - 1
      }" height="${height}" rx="6"/>`,
      text(title, { top: top + 20, kind: "title" }),
      ...lines.map((line, index) =>
        text(line, { top: top + TITLE_PX + (index + 1) * LINE_PX - 4, kind: kindOf(line) })
      ),
    );
    top += height + MARGIN_PX;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" ` +
    `viewBox="0 0 ${width} ${top}" role="img">\n<style>${STYLE}</style>\n${
      parts.join("\n")
    }\n</svg>\n`;
}

function kindOf(line: string): string {
  if (line.startsWith("$ ")) return "typed";
  return /^(got|sent) /.test(line) ? "done" : "";
}

function text(line: string, { top, kind }: { top: number; kind: string }): string {
  const escaped = line.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const style = kind === "" ? "" : ` class="${kind}"`;
  return `<text${style} x="${MARGIN_PX}" y="${top}" xml:space="preserve">${escaped}</text>`;
}

if (import.meta.main) {
  await Deno.writeTextFile(PICTURE, svg(await record()));
}
