/** nginx, unprivileged or not, on a free port of 127.0.0.1, over a folder of its own. */

import type { Certificate } from "./certificate.ts";
import { leaveOut, missingAmong } from "../process/missing.ts";
import { findProgram, isRoot } from "../process/peers.ts";
import { TempFolder } from "../files/temp_folder.ts";
import { until } from "../sim/within.ts";

/** What finds it. */
export const NGINX = { name: "nginx", flag: "-v", says: /nginx\/([\d.]+)/ };
const OPENSSL = { name: "openssl", flag: "version", says: /OpenSSL ([\d.]+)/ };
const NEEDED = [NGINX, OPENSSL].map((program) => ({
  name: program.name,
  find: () => findProgram(program),
}));

let isLeftOut: ((program: string) => boolean) | undefined;

/** Whether one of these is not installed; in CI both have to be. */
export function lacks(...programs: ("nginx" | "openssl")[]): boolean {
  isLeftOut ??= leaveOut("a web server as an origin", missingAmong(NEEDED));
  return programs.some(isLeftOut);
}

/** A test that needs nginx, and is left out where it is not installed. */
export function nginxTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: lacks("nginx"), fn });
}

/** The same for nginx with a certificate, which openssl makes. */
export function tlsTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name, ignore: lacks("nginx", "openssl"), fn });
}

/** Where its folder's files are, for those who write its configuration. */
export interface NginxPlaces {
  readonly folder: string;
  readonly port: number;
}

export class Nginx implements AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly #folder: TempFolder;
  readonly #child: Deno.ChildProcess;
  readonly #complaints: Promise<string>;

  /** Starts it with what its `server` block shall say, and waits until it answers. */
  static async start(
    configure: (places: NginxPlaces) => string,
    tls?: Pick<Certificate, "certificate" | "key">,
  ): Promise<Nginx> {
    const nginx = new Nginx(configure, tls);
    await until(() => nginx.#answers(), "nginx");
    return nginx;
  }

  private constructor(
    configure: (places: NginxPlaces) => string,
    tls: Pick<Certificate, "certificate" | "key"> | undefined,
  ) {
    const program = findProgram(NGINX);
    if (!program) throw new Error("nginx is missing: install the package nginx");
    this.#folder = new TempFolder();
    this.port = freeTcpPort();
    this.#folder.makeFolder("www");
    this.#folder.makeFolder("temp");
    const { path } = this.#folder;
    const places = { folder: path, port: this.port };
    this.url = `${tls ? "https" : "http"}://127.0.0.1:${this.port}/`;
    const config = this.#folder.write("nginx.conf", configuration(configure, places, tls));
    this.#child = new Deno.Command(program.path, {
      args: ["-p", path, "-c", config, "-e", "stderr"],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#complaints = new Response(this.#child.stderr).text();
  }

  /** Puts a file where nginx serves it. */
  write(name: string, content: string | Uint8Array): void {
    this.#folder.write(`www/${name}`, content);
  }

  /** Makes a file as long as that; what is missing takes no room. */
  resize(name: string, length: number): void {
    Deno.truncateSync(this.#folder.at(`www/${name}`), length);
  }

  bytes(name: string): Uint8Array {
    return this.#folder.bytes(`www/${name}`);
  }

  names(folder = "."): string[] {
    return this.#folder.names(`www/${folder}`);
  }

  /** What was asked for and with which status it was answered, such as `GET /a 200`. */
  requests(): string[] {
    return this.#folder.text("access.log").split("\n").filter((line) => line !== "");
  }

  async stop(): Promise<void> {
    try {
      this.#child.kill("SIGTERM");
    } catch (error) {
      // It has been stopped already.
      if (!(error instanceof TypeError)) throw error;
    }
    await this.#child.status;
    await this.#complaints;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#folder[Symbol.dispose]();
  }

  #answers(): boolean {
    try {
      // The file is made before the port is bound, so it tells nothing.
      const { success } = new Deno.Command("curl", {
        args: ["-sk", "-o", "/dev/null", "--max-time", "1", this.url],
      }).outputSync();
      return success;
    } catch {
      return false;
    }
  }
}

function configuration(
  configure: (places: NginxPlaces) => string,
  { folder, port }: NginxPlaces,
  tls: Pick<Certificate, "certificate" | "key"> | undefined,
): string {
  const secure = tls && `ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};`;
  const temps = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  return `
${isRoot() ? "user root;" : ""}
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log stderr;
events { worker_connections 4096; }
http {
  log_format short '$request_method $request_uri $status';
  access_log ${folder}/access.log short;
  types { application/octet-stream bin; }
  default_type application/octet-stream;
  ${temps.map((name) => `${name}_temp_path ${folder}/temp/${name};`).join("\n  ")}
  server {
    listen 127.0.0.1:${port}${tls ? " ssl" : ""};
    ${secure ?? ""}
    root ${folder}/www;
    ${configure({ folder, port })}
  }
}
`;
}

/** A TCP port of 127.0.0.1 that nobody used a moment ago. */
export function freeTcpPort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
