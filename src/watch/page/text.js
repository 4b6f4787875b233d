/** Formats numbers and text from clients. */

/**
 * `512 B`, `1.50 kB`, `33.6 MB`: decimal units, three digits. The same as `humanSize` of
 * src/cli/text/format.ts, which is TypeScript; the page's files are plain JavaScript that a browser
 * runs as it is. A test compares the two.
 */
export function sizeText(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

export function rateText(bytesPerSecond) {
  return `${sizeText(bytesPerSecond)}/s`;
}

/** `4 ms`, `0.31 s`, `12.3 s`, `2 min 05 s`, `3 h 07 min`. */
export function timeText(ms) {
  if (ms < 99.5) return `${ms < 9.95 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (count) => String(count).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole / 60) % 60)} min`;
}

export function countText(count) {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `0 %`, `0.4 %`, `12 %`. */
export function shareText(share) {
  const percent = share * 100;
  return `${percent === 0 || percent >= 9.95 ? percent.toFixed(0) : percent.toFixed(1)} %`;
}

/** `10:04:07`, in the browser's time zone. */
export function clockText(iso) {
  const two = (count) => String(count).padStart(2, "0");
  const at = new Date(iso);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
}

/** Text from elsewhere, with invisible and direction-changing characters escaped. */
export function visibleText(text) {
  return [...text].map((character) => {
    const code = character.codePointAt(0);
    if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
    if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, "0")}`;
    return /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u.test(character)
      ? `\\u{${code.toString(16)}}`
      : character;
  }).join("");
}

/** The labels of the results of the log. */
export const RESULTS = {
  done: "done",
  failed: "failed",
  refused: "refused",
  probe: "size only",
  replaced: "replaced",
};

/** What happened to a transfer that ended, in one sentence. */
export function endText({ result, bytes, durationMs, retransmits, note }) {
  if (result === "refused") return note ?? "";
  if (result === "probe") return "The client asked only for the size.";
  const moved = `${sizeText(bytes)} in ${timeText(durationMs)}`;
  const speed = durationMs >= 1 && bytes > 0 ? `, ${rateText(bytes * 1000 / durationMs)}` : "";
  const repeats = retransmits > 0 ? `, ${countText(retransmits)} retransmitted` : "";
  if (result === "done") return `${moved}${speed}${repeats}${note ? ` (${note})` : ""}`;
  const why = note ? note.charAt(0).toUpperCase() + note.slice(1) : "Failed";
  return `${why}, after ${moved}${repeats}`;
}

/** The address of a client, without its port. */
export function addressOf(client) {
  return client.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}
