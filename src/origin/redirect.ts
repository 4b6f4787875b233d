/** Which redirects of an origin may be followed. Pure. */

export interface AllowedHosts {
  /** The origin's prefix: its host is always allowed. */
  readonly own: URL;
  /** Further hosts, each with or without a port. */
  readonly hosts: readonly string[];
}

/** Why a redirect may not be followed; undefined when it may. */
export function mayRedirect(from: URL, to: URL, { own, hosts }: AllowedHosts): string | undefined {
  if (to.protocol !== "https:" && to.protocol !== "http:") return "(neither http nor https)";
  if (from.protocol === "https:" && to.protocol === "http:") return "(from https to http)";
  if (to.username !== "" || to.password !== "") return "(with a user or password in it)";
  if (isOwn(to, own) || hosts.some((host) => isHost(to, host))) return undefined;
  return "(allow it by --origin-redirect)";
}

/** The same host and port, or https on its usual port where the origin has http on its own. */
function isOwn(to: URL, own: URL): boolean {
  if (to.hostname !== own.hostname) return false;
  return to.port === own.port && (to.protocol === own.protocol || own.port === "");
}

/** A host without a port means the usual ports. */
function isHost(to: URL, allowed: string): boolean {
  const { host, hostname, port } = to;
  const wanted = allowed.toLowerCase();
  if (wanted === host) return true;
  const usual = to.protocol === "https:" ? `${hostname}:443` : `${hostname}:80`;
  return port === "" && (wanted === hostname || wanted === usual);
}
