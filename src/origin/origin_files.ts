/** Files of an HTTP server or an object store, for the handler of a server. */

import { ErrorCode } from "../protocol/mod.ts";
import type { Sink, Source } from "../engine/source_sink.ts";
import { type FileRequest, type Handler, HandlerChain } from "../engine/handler.ts";
import { refused } from "../files/refusal.ts";
import { nameParts } from "../files/requested_name.ts";
import { openDirectly, OriginCache } from "./cache.ts";
import { OriginClient } from "./origin_client.ts";
import { errorOfStatus, OriginError } from "./origin_error.ts";
import { OriginUrl } from "./origin_url.ts";
import { DEFAULT_REGION, type S3Keys, s3Origin, s3Sign } from "./s3.ts";
import { UploadSink } from "./upload_sink.ts";

/** An origin as the user gave it: plain values, since workers get them in a message. */
export interface OriginSettings {
  /** `https://host/folder/`, `http://…` or `s3://bucket/prefix`. */
  readonly url: string;
  /** Further hosts that it may redirect to. */
  readonly redirects: readonly string[];
  /** How long to wait for an answer, or for more of it, in milliseconds. */
  readonly limitMs: number;
  /** Certificates of further authorities to trust, as PEM. */
  readonly caCerts?: readonly string[];
  readonly s3?: { readonly endpoint?: string; readonly region?: string; readonly keys: S3Keys };
  readonly cache?: {
    readonly folder: string;
    readonly maxBytes: number;
    /** Serve old copies while the origin is down. */
    readonly stale: boolean;
  };
}

/** The prefix for these settings. Throws a `TypeError` that says what is wrong with them. */
export function originUrl({ url, s3 }: Pick<OriginSettings, "url" | "s3">): OriginUrl {
  if (!/^s3:/i.test(url)) return new OriginUrl(url);
  return s3Origin(url, { endpoint: s3?.endpoint, region: s3?.region ?? DEFAULT_REGION });
}

/** An origin beside a folder: the first passes on the requests that it has no file for. */
export interface OriginPlace {
  readonly settings: OriginSettings;
  /** Whether it is asked before the folder. */
  readonly first: boolean;
}

/** Opens an origin, and says whether its handler comes before that of a folder. */
export async function originBeside(
  { settings, first }: OriginPlace,
  notice: (message: string) => void,
): Promise<(folder: Handler | undefined) => Handler> {
  const origin = await OriginFiles.open(settings, notice);
  return (folder) => {
    if (!folder) return origin;
    return first ? new HandlerChain(origin, folder) : new HandlerChain(folder, origin);
  };
}

export class OriginFiles implements Handler {
  readonly #url: OriginUrl;
  readonly #client: OriginClient;
  readonly #cache: OriginCache | undefined;
  readonly #isS3: boolean;

  /** Makes the cache's folder and loads what signs. `notice` is for messages to the operator. */
  static async open(
    settings: OriginSettings,
    notice: (message: string) => void,
  ): Promise<OriginFiles> {
    const { s3, redirects, limitMs, caCerts } = settings;
    const origin = originUrl(settings);
    const client = new OriginClient({
      ...{ origin, redirects, limitMs },
      ...(caCerts ? { caCerts } : {}),
      ...(s3 ? { sign: await s3Sign(s3.keys, s3.region ?? DEFAULT_REGION) } : {}),
    });
    const cache = settings.cache && new OriginCache({ ...settings.cache, client, notice });
    await cache?.tidy();
    return new OriginFiles(origin, { client, cache, isS3: s3 !== undefined });
  }

  private constructor(
    url: OriginUrl,
    { client, cache, isS3 }: {
      client: OriginClient;
      cache: OriginCache | undefined;
      isS3: boolean;
    },
  ) {
    this.#url = url;
    this.#client = client;
    this.#cache = cache;
    this.#isS3 = isS3;
  }

  open(request: FileRequest): Source | Promise<Source | Sink> {
    const url = this.#url.of(request.name);
    if (request.direction === "put") return this.#openSink(url, request);
    const signal = () => signalOf(request);
    return this.#cache?.open(url, signal) ?? openDirectly(this.#client, url, signal());
  }

  async #openSink(url: URL, request: FileRequest): Promise<Sink> {
    const { mode, writing: { existing, only } } = request;
    if (only !== undefined && !isBelow(request.name, only)) {
      throw refused(ErrorCode.AccessViolation, "Uploads go to another folder");
    }
    if (existing === "keep") {
      throw refused(ErrorCode.AccessViolation, "Old files can't be kept here");
    }
    // The announced size is that of the text on the wire.
    const size = mode === "octet" ? request.announcedBytes : undefined;
    if (size === undefined && this.#isS3) {
      throw new OriginError(
        "An upload to here needs the option tsize",
        "S3 takes no file whose size is not known",
      );
    }
    const isNew = existing === "refuse";
    if (isNew) await this.#refuseExisting(url, request);
    return new UploadSink(this.#client, url, {
      ...{ size, isNew },
      stored: () => this.#cache?.forget(url),
    });
  }

  /** Not every server understands `If-None-Match: *`, which goes with the upload too. */
  async #refuseExisting(url: URL, request: FileRequest): Promise<void> {
    const { status, body, requestLine } = await this.#client.ask("HEAD", url, {
      signal: signalOf(request),
    });
    body.close();
    if (status === 200) {
      const code = ErrorCode.FileExists;
      throw new OriginError("File already exists", `${requestLine}: the file exists`, { code });
    }
    if (status !== 404 && status !== 410) throw errorOfStatus(status, requestLine);
  }
}

function isBelow(name: string, folder: string): boolean {
  const [parts, above] = [nameParts(name), nameParts(folder)];
  return parts.length > above.length && above.every((part, index) => part === parts[index]);
}

function signalOf(request: FileRequest): AbortSignal {
  const controller = new AbortController();
  request.onCancel(() => controller.abort());
  return controller.signal;
}
