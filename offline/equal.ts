/**
 * Deep equality as `@std/assert` means it. It differs from node's: 0 equals -0, and an
 * instance is compared by every property it has, the getters of its class and an error's
 * stack included. Were it laxer, a test could pass here and fail with the real package.
 *
 * @module
 */

/** Pairs under comparison, so that a cycle ends. */
type Seen = Map<object, object>;

/** Whether both are deeply equal. */
export function equal(a: unknown, b: unknown, seen: Seen = new Map()): boolean {
  if (a === b || Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (prototypeOf(a) !== prototypeOf(b)) return false;
  if (seen.get(a) === b) return true;
  seen.set(a, b);
  if (a instanceof Date) return Object.is(a.getTime(), (b as Date).getTime());
  if (a instanceof RegExp || a instanceof URL || a instanceof URLSearchParams) {
    return String(a) === String(b);
  }
  if (a instanceof ArrayBuffer) {
    return equalElements(new Uint8Array(a), new Uint8Array(b as ArrayBuffer));
  }
  if (ArrayBuffer.isView(a) && !(a instanceof DataView)) {
    return equalElements(a as Uint8Array, b as Uint8Array);
  }
  if (a instanceof Map || a instanceof Set) return equalMembers(a, b as typeof a, seen);
  return equalProperties(a, b, seen);
}

/** A null prototype counts as that of a plain object. */
function prototypeOf(value: object): object {
  return Object.getPrototypeOf(value) ?? Object.prototype;
}

function equalElements(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i] && !Object.is(a[i], b[i])) return false;
  }
  return true;
}

/** Order does not count, and keys may be objects: each member looks for its like. */
function equalMembers(
  a: Map<unknown, unknown> | Set<unknown>,
  b: Map<unknown, unknown> | Set<unknown>,
  seen: Seen,
): boolean {
  if (a.size !== b.size) return false;
  const others = [...b.entries()];
  for (const member of a.entries()) {
    const at = others.findIndex((other) => equal(member, other, new Map(seen)));
    if (at < 0) return false;
    others.splice(at, 1);
  }
  return true;
}

function equalProperties(a: object, b: object, seen: Seen): boolean {
  const names = propertyNames(a);
  const others = propertyNames(b);
  if (names.size !== others.size) return false;
  for (const name of names) {
    if (!others.has(name)) return false;
    if (!equal(Reflect.get(a, name), Reflect.get(b, name), seen)) return false;
  }
  return true;
}

/** Of a plain object or array: what can be listed. Of an instance: all, its class's too. */
function propertyNames(value: object): Set<PropertyKey> {
  const prototype = prototypeOf(value);
  const names = Reflect.ownKeys(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype) {
    return new Set([...names, ...inheritedNames(prototype)]);
  }
  const isListed = Object.prototype.propertyIsEnumerable;
  return new Set(names.filter((name) => isListed.call(value, name)));
}

function inheritedNames(prototype: object): PropertyKey[] {
  if (prototype === Object.prototype || prototype === Array.prototype) return [];
  return [...Reflect.ownKeys(prototype), ...inheritedNames(prototypeOf(prototype))];
}
