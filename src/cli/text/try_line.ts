/**
 * The example command that `tftp serve` prints for another terminal. It works there however this
 * program was started, fetches a suitable file, and writes nothing. Pure.
 */

import { basename, dirname, fromFileUrl } from "@std/path";

/** How this program was started. */
export interface Start {
  readonly os: typeof Deno.build.os;
  /** Whether it is one compiled file. */
  readonly standalone: boolean;
  /** Whether it was built to serve one folder, and has no client. */
  readonly serverOnly: boolean;
  /** The program itself, or the Deno that runs it. */
  readonly execPath: string;
  readonly denoVersion: string;
  /** The URL of the main module. */
  readonly mainModule: string;
  /** The URL of the project's folder. */
  readonly root: string;
  readonly cwd: string;
  /** The URL of the import map that replaces JSR, if one is used. */
  readonly importMap: string | undefined;
}

/** Programs that a shell finds by PATH. */
const ON_PATH = ["/usr/bin", "/usr/local/bin", "/bin", "/usr/sbin", "/usr/local/sbin", "/sbin"];

/** A line for a shell. `file` is a name that needs no quotes. */
export function tryLine(start: Start, { server, file }: { server: string; file: string }): string {
  const nowhere = start.os === "windows" ? "NUL" : "/dev/null";
  if (start.serverOnly) return `curl -o ${nowhere} tftp://${server}/${file}`;
  return `${program(start)} get -o ${nowhere} ${server} ${file}`;
}

function program(start: Start): string {
  const { standalone, execPath, mainModule, root, cwd, importMap } = start;
  if (standalone) {
    return ON_PATH.includes(dirname(execPath)) ? basename(execPath) : shellWord(execPath, start);
  }
  // A user who has Deno from npm may have no other.
  const isNpm = /[/\\]node_modules[/\\]/.test(execPath);
  const deno = isNpm ? `npx -y deno@${start.denoVersion}` : "deno";
  if (root.startsWith("file:") && samePath(fromFileUrl(root), cwd)) return `${deno} task`;
  // A bundle may be started where no deno.json is.
  const flags = ["--unstable-net", "--allow-net", "--allow-read", "--allow-write"];
  if (importMap !== undefined) flags.unshift(`--import-map=${shellWord(place(importMap), start)}`);
  if (!mainModule.startsWith("file:")) {
    // Deno loads code from few hosts by default.
    flags.unshift(`--allow-import=${new URL(mainModule).host}`);
  }
  return `${deno} run ${flags.join(" ")} ${shellWord(place(mainModule), start)}`;
}

/** A local file as a path, everything else as a URL. */
function place(url: string): string {
  return url.startsWith("file:") ? fromFileUrl(url) : url;
}

function samePath(left: string, right: string): boolean {
  const bare = (path: string) => path.replace(/[/\\]+$/, "");
  return bare(left) === bare(right);
}

function shellWord(word: string, { os }: Start): string {
  if (/^[\w@%+=:,./\\-]+$/.test(word)) return os === "windows" ? word : posixWord(word);
  return os === "windows" ? `"${word}"` : posixWord(word);
}

function posixWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

const NEEDS_NO_QUOTES = /^[A-Za-z0-9][\w.-]*$/;
/** Files that machines request when they boot. */
const FOR_BOOTING = new RegExp(
  "^(pxelinux|lpxelinux|undionly|ipxe|snponly|grub|shim|boot|vmlinuz|initrd|linux|kernel)|" +
    "\\.(0|efi|k?pxe|ipxe|wim|img|uboot|itb|dtb)$",
  "i",
);
/** Firmware and text files. */
const ORDINARY = /\.(bin|fw|rom|hex|iso|gz|xz|zst|txt|md|html?|json)$/i;
/** Files that an example should not suggest. */
const SECRET = /secret|passw|shadow|private|credential|token|key|id_|\.(pem|p12|pfx|crt|cer|gpg)/i;

/** A suitable example among the names of a folder, if there is one. */
export function likelyFile(names: readonly string[]): string | undefined {
  const plain = names.filter((name) => NEEDS_NO_QUOTES.test(name) && !SECRET.test(name)).sort();
  return plain.find((name) => FOR_BOOTING.test(name)) ??
    plain.find((name) => ORDINARY.test(name));
}
