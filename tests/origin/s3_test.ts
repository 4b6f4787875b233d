import { assert, assertEquals, assertThrows } from "@std/assert";
import { parseS3Keys, s3Origin, s3Sign } from "../../src/origin/s3.ts";

const region = "eu-central-1";
const endpoint = undefined;

Deno.test("s3Origin() finds a bucket at Amazon or at an endpoint", () => {
  const at = (text: string, end?: string) => s3Origin(text, { endpoint: end, region }).base.href;
  assertEquals(at("s3://boot/a/b"), "https://boot.s3.eu-central-1.amazonaws.com/a/b/");
  assertEquals(at("s3://boot"), "https://boot.s3.eu-central-1.amazonaws.com/");
  assertEquals(at("s3://a.b/c/"), "https://s3.eu-central-1.amazonaws.com/a.b/c/");
  assertEquals(at("s3://boot/a b", "http://127.0.0.1:9000/"), "http://127.0.0.1:9000/boot/a%20b/");
});

Deno.test("s3Origin() refuses what is no bucket, no region and no endpoint", () => {
  const texts = [
    "s3://",
    "s3:///x",
    "s3://a",
    "s3://a_/x",
    "s3://-a/x",
    "s3://boot/x?y",
    "s3:boot",
  ];
  for (const text of texts) {
    assertThrows(() => s3Origin(text, { endpoint, region }), TypeError, "bucket");
  }
  assertThrows(() => s3Origin("s3://boot", { endpoint, region: "a/b" }), TypeError, "region");
  for (const end of ["minio", "ftp://h", "http://h/?x", "http://k:s@h"]) {
    assertThrows(() => s3Origin("s3://boot", { endpoint: end, region }), TypeError, "endpoint");
  }
});

Deno.test("parseS3Keys() reads the default section, and shows no key when it fails", () => {
  const text = "[other]\naws_access_key_id = no\n[default]\naws_access_key_id = AK\n" +
    "aws_secret_access_key=SK/+=\n; a remark\naws_session_token = T\n";
  assertEquals(parseS3Keys(text), {
    accessKeyId: "AK",
    secretAccessKey: "SK/+=",
    sessionToken: "T",
  });
  const error = assertThrows(() => parseS3Keys("aws_secret_access_key = hush"), TypeError);
  assert(!error.message.includes("hush"));
});

Deno.test("s3Sign() adds a signature, and leaves the other headers as they are", async () => {
  const sign = await s3Sign({ accessKeyId: "AK", secretAccessKey: "hush" }, region);
  const headers = await sign(new URL("https://boot.example/bucket/a%20b"), {
    method: "GET",
    headers: new Headers({ "accept-encoding": "identity" }),
  });
  const said = headers.get("authorization") ?? "";
  assert(said.startsWith("AWS4-HMAC-SHA256 Credential=AK/"), said);
  assert(said.includes("/eu-central-1/s3/aws4_request, SignedHeaders=host;x-amz-"), said);
  assertEquals(headers.get("x-amz-content-sha256"), "UNSIGNED-PAYLOAD");
  assertEquals(headers.get("accept-encoding"), "identity");
  assert(!said.includes("hush"));
});
