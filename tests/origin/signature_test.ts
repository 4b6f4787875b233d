/** Whether requests to S3 are signed as published: the names are what can go wrong. */

import { assertEquals } from "@std/assert";
import type { OriginUrl } from "../../src/origin/origin_url.ts";
import { s3Origin, s3Sign } from "../../src/origin/s3.ts";
import { signatureOf } from "../helpers/net/signature_v4.ts";

/** The examples that Amazon's description of the signature for S3 computes step by step. */
const EXAMPLE = { secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", region: "us-east-1" };
const EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Deno.test("signatureOf() gives the signatures of the published examples", async () => {
  const time = { "x-amz-date": "20130524T000000Z", "x-amz-content-sha256": EMPTY };
  const get = {
    ...EXAMPLE,
    method: "GET",
    url: new URL("https://examplebucket.s3.amazonaws.com/test.txt"),
    headers: { ...time, range: "bytes=0-9" },
  };
  assertEquals(
    await signatureOf(get),
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  );
  const put = {
    ...EXAMPLE,
    method: "PUT",
    url: new URL("https://examplebucket.s3.amazonaws.com/test%24file.text"),
    headers: {
      ...time,
      date: "Fri, 24 May 2013 00:00:00 GMT",
      "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
      "x-amz-storage-class": "REDUCED_REDUNDANCY",
    },
  };
  assertEquals(
    await signatureOf(put),
    "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
  );
});

/** What a request says of its own signature. */
function claims(headers: Headers): { signed: string[]; signature: string } {
  const [, names = "", signature = ""] =
    /SignedHeaders=([^,]+), Signature=(\w+)$/.exec(headers.get("authorization") ?? "") ?? [];
  return { signed: names.split(";"), signature };
}

Deno.test("s3Sign() signs every name as it is sent", async () => {
  const sign = await s3Sign(
    { accessKeyId: "AK", secretAccessKey: EXAMPLE.secret, sessionToken: "token" },
    EXAMPLE.region,
  );
  const place = { endpoint: "http://127.0.0.1:9000", region: EXAMPLE.region };
  const origins: OriginUrl[] = [
    s3Origin("s3://boot/lab 1/ü", place),
    s3Origin("s3://boot/", { ...place, endpoint: undefined }),
  ];
  const names = ["a.bin", "it's (new)*!", "a+b&c=d;e", "ü/日本", "100%", "%41", "~$,:@ [x]{y}|^`"];
  for (const origin of origins) {
    for (const name of names) {
      for (const method of ["GET", "HEAD", "PUT"]) {
        const url = origin.of(name);
        const sent = await sign(url, { method, headers: new Headers() });
        const { signed, signature } = claims(sent);
        const headers = Object.fromEntries(
          signed.filter((header) => header !== "host").map((header) => [header, sent.get(header)!]),
        );
        assertEquals(headers["x-amz-content-sha256"], "UNSIGNED-PAYLOAD");
        assertEquals(signature, await signatureOf({ ...EXAMPLE, method, url, headers }), name);
      }
    }
  }
});
