/**
 * Which handlers a server has besides that of its folder: plain values that every thread gets, and
 * the handlers made from them. Each is loaded only where needed.
 */

import type { Handler } from "../engine/handler.ts";
import type { Opener } from "../files/opener.ts";
import type { OriginPlace } from "../origin/origin_files.ts";
import type { LogRecord } from "./log_record.ts";

/** Which handlers to use. */
export interface HandlerSettings {
  /** Files that are templates. */
  readonly templates?: readonly string[];
  /** A file that describes the machines on the network. */
  readonly hosts?: string;
  /** Whether every file has a checksum beside it. */
  readonly checksums?: boolean;
  /** An HTTP server or an object store, besides the folder or instead of it. */
  readonly origin?: OriginPlace;
}

/** Makes the handler of a server from that of its folder; `opener` opens local files. */
export type Compose = (folder: Handler | undefined, opener?: Opener) => Handler;

/**
 * The handlers that the settings ask for; undefined where that is the folder alone. Throws
 * `LocalFileError` and `SyntaxError` for invalid files.
 */
export async function composeBy(
  { templates = [], hosts, checksums = false, origin }: HandlerSettings,
  log: (record: LogRecord) => void,
): Promise<Compose | undefined> {
  const layers: ((files: Handler, opener: Opener | undefined) => Handler)[] = [];
  const notice = (message: string) => log({ kind: "notice", message });
  let inside: Compose | undefined;
  if (origin) {
    const { originBeside } = await import("../origin/origin_files.ts");
    inside = await originBeside(origin, notice);
  }
  if (templates.length > 0) {
    const { TemplateHandler } = await import("../made/template_handler.ts");
    const { ARP_TABLE, Knowledge } = await import("../made/knowledge.ts");
    const knowledge = new Knowledge({ hosts, notice });
    layers.push((files, opener) => {
      knowledge.readArp = () => opener?.textOf?.(ARP_TABLE);
      return new TemplateHandler(files, { patterns: templates, knowledge });
    });
  }
  if (checksums) {
    const { ChecksumHandler } = await import("../made/checksum_handler.ts");
    layers.push((files) => new ChecksumHandler(files));
  }
  if (layers.length === 0) return inside;
  return (folder, opener) => {
    const files = inside ? inside(folder) : folder;
    if (!files) throw new TypeError("There is nothing to serve");
    return layers.reduce((made, layer) => layer(made, opener), files);
  };
}
