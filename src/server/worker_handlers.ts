/**
 * Which handlers stand around that of the folder: plain values that every thread is told, and what
 * a thread makes of them. Each handler is loaded where it is wanted.
 */

import type { Handler } from "../engine/handler.ts";
import type { Opener } from "../files/opener.ts";
import type { OriginPlace } from "../origin/origin_files.ts";
import type { LogRecord } from "./log_record.ts";

/** Which handlers there are to be. */
export interface HandlerSettings {
  /** Names that are templates. */
  readonly templates?: readonly string[];
  /** A file that tells of the machines on the network. */
  readonly hosts?: string;
  /** Whether every file has a checksum beside it. */
  readonly checksums?: boolean;
  /** An HTTP server or an object store beside the folder, or in its place. */
  readonly origin?: OriginPlace;
}

/** Makes the handler of a server, of that of its folder; `opener` reads files of the system. */
export type Compose = (folder: Handler | undefined, opener?: Opener) => Handler;

/**
 * What the settings ask for; undefined where that is the folder alone. Throws `LocalFileError` and
 * `SyntaxError` for files that are not as they should be.
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
