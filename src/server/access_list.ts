/** Who may download and who may upload. Pure. */

import { type Cidr, contains, parseAddress } from "./cidr.ts";

/**
 * Which clients may use a server, and which may upload.
 *
 * ```ts
 * import { type AccessRules, get, parseCidr, serve, TftpError } from "@tftp/tftp";
 * import { MemoryLan } from "@tftp/tftp/testing";
 *
 * const access: AccessRules = {
 *   allow: [parseCidr("10.0.0.0/8")],
 *   deny: [parseCidr("10.66.0.0/16")],
 *   allowWrite: [parseCidr("10.0.0.5")],
 * };
 * const lan = new MemoryLan();
 * await using server = serve({ network: lan.machine("10.0.0.1"), handler: () => "x", access });
 * const guest = { host: "10.0.0.1", network: lan.machine("10.66.0.1") };
 * const error = await get("motd", guest).catch((error) => error);
 * if (!(error instanceof TftpError && error.code === 2)) throw new Error(`${error}`);
 * ```
 */
export interface AccessRules {
  /** Who may use it; an empty list means everybody. */
  readonly allow: readonly Cidr[];
  /** Who may not; this list comes before the others. */
  readonly deny: readonly Cidr[];
  /** Who may upload, among those who may use it; an empty list means everybody. */
  readonly allowWrite: readonly Cidr[];
}

/**
 * Everybody may do everything.
 *
 * ```ts
 * import { OPEN_ACCESS, parseCidr } from "@tftp/tftp";
 *
 * // Everybody may fetch, one machine may send.
 * const access = { ...OPEN_ACCESS, allowWrite: [parseCidr("10.0.0.5")] };
 * if (access.allow.length + access.deny.length > 0) throw new Error("nobody is kept out");
 * ```
 */
export const OPEN_ACCESS: AccessRules = { allow: [], deny: [], allowWrite: [] };

/** Whether requests from this address are accepted. */
export function admits({ allow, deny }: AccessRules, hostname: string): boolean {
  if (allow.length === 0 && deny.length === 0) return true;
  const address = parseAddress(hostname);
  // An address that can't be parsed is on no list, so it is refused.
  if (!address || deny.some((cidr) => contains(cidr, address))) return false;
  return allow.length === 0 || allow.some((cidr) => contains(cidr, address));
}

/** Whether uploads from this address are accepted. */
export function admitsWriting(rules: AccessRules, hostname: string): boolean {
  if (!admits(rules, hostname)) return false;
  if (rules.allowWrite.length === 0) return true;
  const address = parseAddress(hostname);
  return address !== undefined && rules.allowWrite.some((cidr) => contains(cidr, address));
}
