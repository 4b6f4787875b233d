/** A certificate for 127.0.0.1, signed by an authority of the test. */

import { run } from "../process/cli.ts";
import type { TempFolder } from "../files/temp_folder.ts";

export interface Certificate {
  /** Of the authority. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** Makes both with openssl, in a folder; `host` is what the certificate is for. */
export async function makeCertificate(folder: TempFolder, host: string): Promise<Certificate> {
  const [caKey, ca, key, request, certificate] = [
    "ca.key",
    "ca.pem",
    "server.key",
    "server.csr",
    "server.pem",
  ].map((name) => folder.at(name)) as [string, string, string, string, string];
  const elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const name = /^[\d.]+$/.test(host) ? `IP:${host}` : `DNS:${host}`;
  const extensions = folder.write("server.ext", `subjectAltName=${name}\n`);
  await openssl(
    ...["req", "-x509", ...elliptic, "-days", "2", "-subj", "/CN=Test authority"],
    ...["-keyout", caKey, "-out", ca],
  );
  await openssl(
    ...["req", ...elliptic, "-subj", "/CN=Test server", "-keyout", key, "-out", request],
  );
  await openssl(
    ...["x509", "-req", "-in", request, "-CA", ca, "-CAkey", caKey, "-CAcreateserial"],
    ...["-days", "2", "-extfile", extensions, "-out", certificate],
  );
  return { ca, certificate, key };
}

async function openssl(...args: string[]): Promise<void> {
  const { code, stderr } = await run("openssl", { args });
  if (code !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`);
}
