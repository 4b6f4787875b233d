/**
 * Files with placeholders for what is known of a client: `{ip}`, `{mac}` and so on. Nothing in them
 * is code, and an unknown placeholder is an error. Pure.
 */

/** The names of placeholders. */
export const PLACE_NAMES = ["ip", "ip.hex", "mac", "name", "hostname"] as const;

export type PlaceName = typeof PLACE_NAMES[number];

/** What is known of a client and its request; what is not known is left out. */
export type Facts = Readonly<Partial<Record<PlaceName, string>>>;

/**
 * `{{ip}}` stands for the text `{ip}`. `${ip}` stays as it is, since iPXE and shells use it. So do
 * braces with anything but a name between them.
 */
const PLACE = /\{\{([a-z]+(?:\.[a-z]+)*)\}\}|(?<!\$)\{([a-z]+(?:\.[a-z]+)*)\}/g;

/** An unknown placeholder. Lines count from 1. */
export class UnknownPlaceError extends SyntaxError {
  constructor(name: string, line: number) {
    super(
      `line ${line}: {${name}} is not a placeholder; known are ${PLACE_NAMES.join(", ")}, ` +
        `and {{${name}}} gives the text itself`,
    );
  }
}

/** A placeholder for something that is not known of this client. */
export class UnknownFactError extends Error {
  override name = "UnknownFactError";
  /** What is not known. */
  readonly place: PlaceName;

  constructor(place: PlaceName) {
    super(`{${place}} is not known of this client`);
    this.place = place;
  }
}

/** The placeholders of a text. Throws {@linkcode UnknownPlaceError} for an unknown one. */
export function placesIn(text: string): PlaceName[] {
  const places: PlaceName[] = [];
  for (const { 2: name, index } of text.matchAll(PLACE)) {
    if (name === undefined) continue;
    if (!isPlace(name)) throw new UnknownPlaceError(name, text.slice(0, index).split("\n").length);
    places.push(name);
  }
  return places;
}

/**
 * The text with its placeholders filled in. Throws {@linkcode UnknownPlaceError}, and
 * {@linkcode UnknownFactError} for what is not known.
 */
export function renderTemplate(text: string, facts: (place: PlaceName) => string | undefined) {
  placesIn(text);
  return text.replaceAll(PLACE, (_, escaped?: string, name?: string) => {
    if (escaped !== undefined) return `{${escaped}}`;
    const place = name as PlaceName;
    const fact = facts(place);
    if (fact === undefined) throw new UnknownFactError(place);
    return fact;
  });
}

function isPlace(name: string): name is PlaceName {
  return (PLACE_NAMES as readonly string[]).includes(name);
}
