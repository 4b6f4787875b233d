/** Reads the events of the server, reports errors, and reconnects by itself. */

/** Messages come every second or two; after so long without one, the connection is dead. */
const PATIENCE_MS = 10_000;
const LEAST_WAIT_MS = 500;
const MOST_WAIT_MS = 5_000;

export class EventReader {
  #handlers;
  #token;
  #waitMs = LEAST_WAIT_MS;
  #timer;

  /** Handlers: `message(name, content)`, `lost(why)`, `locked()` when a token is needed. */
  constructor(handlers, token) {
    this.#handlers = handlers;
    this.#token = token;
  }

  /** Reads as long as the page is open. */
  async run() {
    for (;;) {
      const answer = await this.#read().catch((error) => error);
      if (answer === "locked") return this.#handlers.locked();
      this.#handlers.lost(answer === "full" ? "full" : "lost");
      await new Promise((resolve) => setTimeout(resolve, this.#waitMs));
      this.#waitMs = Math.min(this.#waitMs * 2, MOST_WAIT_MS);
    }
  }

  async #read() {
    const stop = new AbortController();
    const watch = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => stop.abort(), PATIENCE_MS);
    };
    watch();
    try {
      const headers = this.#token ? { authorization: `Bearer ${this.#token}` } : {};
      const response = await fetch("api/events", { headers, signal: stop.signal });
      if (response.status === 401) return "locked";
      if (response.status === 503) return "full";
      if (!response.ok) return "lost";
      await this.#take(response.body, watch);
      return "lost";
    } finally {
      clearTimeout(this.#timer);
    }
  }

  async #take(body, watch) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      watch();
      this.#waitMs = LEAST_WAIT_MS;
      const parts = (text + value).split("\n\n");
      text = parts.pop();
      for (const part of parts) {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
        if (name) this.#handlers.message(name, JSON.parse(data));
      }
    }
  }
}
