/** Buckets that speak S3: where their files are, and how requests are signed. */

import { NetworkError } from "../engine/errors.ts";
import { OriginUrl } from "./origin_url.ts";
import type { Sign } from "./origin_client.ts";

/**
 * The package that signs. It stands neither in deno.json nor in a literal import: Deno would look
 * for it at every task and every start of the program, and few need it. `deno task compile` puts it
 * into a binary.
 */
export const SIGNER: string = "npm:aws4fetch@~1.0.20";

/** What is used of that package. */
interface Signer {
  readonly AwsClient: new (
    settings: S3Keys & { readonly region: string; readonly service: string },
  ) => { sign(url: URL, init: { method: string; headers: HeadersInit }): Promise<Request> };
}

/** Keys of a user of S3. */
export interface S3Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Where buckets are that no endpoint was named for. */
export const DEFAULT_REGION = "us-east-1";

export interface S3Place {
  /** Such as `https://minio.example:9000`. @default {that of the region} */
  readonly endpoint: string | undefined;
  readonly region: string;
}

/**
 * The prefix of `s3://bucket/prefix` as a URL. Where the endpoint was named, the bucket is a part
 * of the path, as all servers understand; else it is a part of the host. Throws a `TypeError`.
 */
export function s3Origin(text: string, { endpoint, region }: S3Place): OriginUrl {
  const [, bucket = "", prefix = ""] = /^s3:\/\/([^/?#]*)\/?([^?#]*)$/i.exec(text) ?? [];
  if (!/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/i.test(bucket)) {
    throw new TypeError("a bucket is written s3://BUCKET/PREFIX");
  }
  if (!/^[a-z0-9-]{1,40}$/i.test(region)) throw new TypeError("a region is such as eu-central-1");
  const path = prefix.split("/").filter((part) => part !== "").map(encodeURIComponent).join("/");
  if (endpoint !== undefined) return new OriginUrl(`${bare(endpoint)}/${bucket}/${path}`);
  const host = `s3.${region}.amazonaws.com`;
  // A certificate for *.host names no host with more dots.
  return bucket.includes(".")
    ? new OriginUrl(`https://${host}/${bucket}/${path}`)
    : new OriginUrl(`https://${bucket}.${host}/${path}`);
}

function bare(endpoint: string): string {
  const url = URL.parse(endpoint);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search + url.hash + url.username) {
    throw new TypeError("an S3 endpoint is a URL such as https://s3.example:9000");
  }
  return url.href.replace(/\/+$/, "");
}

/**
 * Signs by Signature Version 4. The body is not signed: it is sent as it comes. Rejects where the
 * package that signs can't be loaded.
 */
export async function s3Sign(keys: S3Keys, region: string): Promise<Sign> {
  const { AwsClient } = await loadSigner();
  const client = new AwsClient({ ...keys, region, service: "s3" });
  return async (url, { method, headers }) => {
    // What is no part of a signature must not get into it.
    const signed = await client.sign(url, {
      method,
      headers: { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
    });
    const all = new Headers(headers);
    for (const [name, value] of signed.headers) all.set(name, value);
    return all;
  };
}

async function loadSigner(): Promise<Signer> {
  try {
    return await import(SIGNER);
  } catch (error) {
    // Nothing can be added to a binary.
    if (Deno.build.standalone) {
      throw new NetworkError(
        "This binary serves no buckets: it was built without the package that signs (--without-s3)",
      );
    }
    throw new NetworkError(
      `The package ${SIGNER}, which signs requests to S3, can't be loaded: ` +
        (error as Error).message.split("\n")[0],
    );
  }
}

/**
 * The keys in a file as AWS's programs write it. Throws a `TypeError` that does not repeat them.
 */
export function parseS3Keys(text: string): S3Keys {
  const words = new Map<string, string>();
  let section = "default";
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*\[(?:profile )?\s*([^\]]*?)\s*\]/.exec(line)?.[1];
    if (head !== undefined) section = head;
    const [, name, value] = /^\s*(\w+)\s*=\s*(\S+)\s*$/.exec(line) ?? [];
    if (section === "default" && name !== undefined) words.set(name.toLowerCase(), value!);
  }
  const [accessKeyId, secretAccessKey, sessionToken] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
  ].map((name) => words.get(name));
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new TypeError("it has no aws_access_key_id and aws_secret_access_key in [default]");
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
