/**
 * Amazon's Signature Version 4 for S3, written once more from its description, so that a test can
 * say whether a request is signed as a server would want it.
 */

const UTF8 = new TextEncoder();

export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  /** Those that are signed, with lower-case names; `host` is not among them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly secret: string;
  readonly region: string;
}

/** The signature in hexadecimal. `x-amz-date` and `x-amz-content-sha256` are among the headers. */
export async function signatureOf(request: SignedRequest): Promise<string> {
  const { method, url, headers, secret, region } = request;
  const all = { ...headers, host: url.host };
  const names = Object.keys(all).sort() as (keyof typeof all)[];
  const time = headers["x-amz-date"]!;
  const scope = `${time.slice(0, 8)}/${region}/s3/aws4_request`;
  const canonical = [
    method,
    url.pathname.split("/").map((part) => strictly(decodeURIComponent(part))).join("/"),
    url.search.slice(1),
    ...names.map((name) => `${name}:${all[name]}`),
    "",
    names.join(";"),
    headers["x-amz-content-sha256"],
  ].join("\n");
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hex(await sha256(canonical))}`;
  let key: Uint8Array<ArrayBuffer> = UTF8.encode(`AWS4${secret}`);
  for (const part of scope.split("/")) key = await hmac(key, part);
  return hex(await hmac(key, text));
}

/** All but letters, digits and `-._~` is escaped. */
function strictly(text: string): string {
  return [...UTF8.encode(text)].map((byte) => {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9._~-]/.test(character)) return character;
    return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", UTF8.encode(text)));
}

async function hmac(key: Uint8Array<ArrayBuffer>, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, UTF8.encode(text)));
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
