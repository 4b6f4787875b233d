/** The flags and operands for monitoring a server. */

import { parseAddress } from "../../server/cidr.ts";
import type { HttpSettings, StatusCommand } from "./command.ts";
import type { FlagValues } from "./flags.ts";
import { UsageError } from "./usage_error.ts";

/** The port that `tftp status` uses by default, and that the documentation recommends. */
const USUAL_URL = "http://127.0.0.1:8069/";

/** The HTTP listener for monitoring, if there is one. */
export function httpOf(values: FlagValues): HttpSettings | undefined {
  const text = values.text("http");
  if (text === undefined) {
    for (const flag of ["http-host", "http-token-file"] as const) {
      if (values.given(flag)) throw new UsageError(`--${flag} goes with --http only`);
    }
    return undefined;
  }
  const names = values.texts("http-host");
  const odd = names.find((name) => !/^[\w.-]+$/.test(name));
  if (odd !== undefined) throw new UsageError(`--http-host takes a name without a port: "${odd}"`);
  return { ...placeOf(text), names, tokenFile: values.text("http-token-file") };
}

function placeOf(text: string): Pick<HttpSettings, "hostname" | "port"> {
  const [, bracketed, plain, digits] = /^(?:\[(.+)\]:|([^:]+):)?(\d{1,5})$/.exec(text) ?? [];
  const hostname = bracketed ?? (plain === "localhost" ? "127.0.0.1" : plain) ?? "127.0.0.1";
  const port = Number(digits ?? NaN);
  if (port <= 65535 && parseAddress(hostname) !== undefined) return { hostname, port };
  throw new UsageError(
    `--http needs a port, or an address and a port such as 192.0.2.1:8069, not "${text}"`,
  );
}

/** `tftp status [URL]`, where a host and port count as a URL too. */
export function toStatus(operands: readonly string[], values: FlagValues): StatusCommand {
  const [operand, extra] = operands;
  if (extra !== undefined) throw new UsageError(`"${extra}" is one argument too many after URL`);
  return {
    kind: "status",
    url: operand === undefined ? USUAL_URL : urlOf(operand),
    tokenFile: values.text("token-file"),
    once: values.on("once"),
    json: values.on("json"),
  };
}

function urlOf(text: string): string {
  const whole = /^\d{1,5}$/.test(text)
    ? `http://127.0.0.1:${text}`
    : /^\w+:\/\//.test(text)
    ? text
    : `http://${text}`;
  const url = URL.canParse(whole) ? new URL(whole) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    throw new UsageError(`"${text}" is no address such as http://192.0.2.1:8069`);
  }
  return url.href;
}
