/** Who may read and who may write. Pure. */

import { type Cidr, contains, parseAddress } from "./cidr.ts";

/** Who may ask a server, and who may write to it. */
export interface AccessRules {
  /** Who may ask at all; nobody named means everybody. */
  readonly allow: readonly Cidr[];
  /** Who may not, whatever else is said. */
  readonly deny: readonly Cidr[];
  /** Who may write, among those who may ask; nobody named means everybody. */
  readonly allowWrite: readonly Cidr[];
}

/** Everybody may do everything. */
export const OPEN_ACCESS: AccessRules = { allow: [], deny: [], allowWrite: [] };

/** Whether requests from this address are listened to. */
export function admits({ allow, deny }: AccessRules, hostname: string): boolean {
  if (allow.length === 0 && deny.length === 0) return true;
  const address = parseAddress(hostname);
  // What can't be read can't be proved to be allowed.
  if (!address || deny.some((cidr) => contains(cidr, address))) return false;
  return allow.length === 0 || allow.some((cidr) => contains(cidr, address));
}

/** Whether uploads from this address are listened to. */
export function admitsWriting(rules: AccessRules, hostname: string): boolean {
  if (!admits(rules, hostname)) return false;
  if (rules.allowWrite.length === 0) return true;
  const address = parseAddress(hostname);
  return address !== undefined && rules.allowWrite.some((cidr) => contains(cidr, address));
}
