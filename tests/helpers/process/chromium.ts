/**
 * A browser for tests: Debian's Chromium without a window, controlled by the protocol of its
 * developer tools over a WebSocket, without a package.
 */

import { findProgram, type Found } from "./peers.ts";
import { within } from "../sim/within.ts";

const POLL_MS = 50;
const PATIENCE_MS = 30_000;

/** Where Chromium is; undefined where it is not installed. */
export function findChromium(): Found | undefined {
  return findProgram({ name: "chromium", flag: "--version", says: /Chromium ([\d.]+)/ });
}

/** Only the page under test: no updates, no accounts, no other requests. */
const FLAGS = [
  ...["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
  ...["--disable-default-apps", "--no-first-run", "--disable-extensions", "--hide-scrollbars"],
  ...["--disable-breakpad", "--password-store=basic", "--use-mock-keychain", "--mute-audio"],
  "--remote-debugging-port=0",
];

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

export class Browser implements AsyncDisposable {
  /** Addresses that the page has requested. */
  readonly requested: string[] = [];
  /** Errors of the page. */
  readonly complaints: string[] = [];
  readonly #child: Deno.ChildProcess;
  readonly #said: Promise<void>;
  readonly #place: Promise<string>;
  readonly #profile: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #socket: WebSocket | undefined;
  #session: string | undefined;
  #count = 0;

  private constructor(path: string) {
    this.#profile = Deno.makeTempDirSync({ prefix: "tftp-test-chromium-" });
    this.#child = new Deno.Command(path, {
      args: [...FLAGS, `--user-data-dir=${this.#profile}`, "about:blank"],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const place = Promise.withResolvers<string>();
    this.#said = this.#listen(place.resolve);
    this.#place = place.promise;
  }

  /** Starts it, with an empty page. */
  static async open(path: string): Promise<Browser> {
    const browser = new Browser(path);
    try {
      await browser.#connect(await within(browser.#place, "the browser's address"));
    } catch (error) {
      await browser[Symbol.asyncDispose]();
      throw error;
    }
    return browser;
  }

  /** Goes to an address. */
  async go(url: string): Promise<void> {
    await this.send("Page.navigate", { url });
    await this.waitFor("document.readyState === 'complete'");
  }

  /** The value of an expression in the page. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      ...{ expression, awaitPromise: true, returnByValue: true },
    }) as { result: { value: T }; exceptionDetails?: unknown };
    if (exceptionDetails) throw new Error(`${expression}: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  }

  /** Looks until the expression holds; says what the page shows if it never does. */
  async waitFor(expression: string): Promise<void> {
    const lateMs = performance.now() + PATIENCE_MS;
    while (!await this.evaluate<boolean>(`!!(${expression})`)) {
      if (performance.now() > lateMs) {
        const text = await this.evaluate<string>("document.body.innerText");
        throw new Error(`${expression} did not come; the page says: ${text.slice(0, 3000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** The text of an element. */
  text(selector: string): Promise<string> {
    return this.evaluate(`document.querySelector(${JSON.stringify(selector)}).innerText`);
  }

  /** Presses keys as a person would. */
  async type(text: string): Promise<void> {
    await this.send("Input.insertText", { text });
  }

  async press(key: "Tab" | "Enter"): Promise<void> {
    const code = key === "Tab" ? 9 : 13;
    const what = { key, code: key, windowsVirtualKeyCode: code };
    const text = key === "Enter" ? { text: "\r" } : {};
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...what, ...text });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...what });
  }

  /** How large the window is, and whether light or dark is wanted. */
  async look(width: number, height: number, scheme: "light" | "dark"): Promise<void> {
    const size = { width, height, deviceScaleFactor: 1, mobile: width < 600 };
    await this.send("Emulation.setDeviceMetricsOverride", size);
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.send("Emulation.setEmulatedMedia", { features });
  }

  /** A picture of the window, or of so much of the page, as PNG. */
  async picture(height?: number): Promise<Uint8Array> {
    const width = await this.evaluate<number>("innerWidth");
    const clip = height === undefined ? {} : { clip: { x: 0, y: 0, width, height, scale: 1 } };
    const { data } = await this.send("Page.captureScreenshot", {
      ...{ format: "png", captureBeyondViewport: height !== undefined, ...clip },
    });
    return Uint8Array.from(atob(data as string), (character) => character.charCodeAt(0));
  }

  /** One command of the protocol. */
  async send(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#count;
    const answer = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    this.#socket!.send(JSON.stringify({ id, method, params, ...session }));
    const { result, error } = await within(answer, method);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket) {
      const closed = new Promise((resolve) => this.#socket!.onclose = resolve);
      await this.send("Browser.close").catch(() => {});
      this.#socket.close();
      await within(closed, "the end of the browser's connection");
    } else this.#child.kill("SIGKILL");
    await this.#child.status;
    await this.#said;
    await Deno.remove(this.#profile, { recursive: true });
  }

  async #connect(place: string): Promise<void> {
    const socket = new WebSocket(place);
    const opened = new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error(`${place} can't be reached`));
    });
    await within(opened, "the browser's connection");
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    const { targetInfos } = await this.send("Target.getTargets") as {
      targetInfos: { type: string; targetId: string }[];
    };
    const { targetId } = targetInfos.find(({ type }) => type === "page")!;
    const attached = await this.send("Target.attachToTarget", { targetId, flatten: true });
    this.#session = attached["sessionId"] as string;
    for (const domain of ["Page", "Runtime", "Network", "Log"]) await this.send(`${domain}.enable`);
  }

  #hear({ id, method, params = {}, ...rest }: Answer): void {
    if (id !== undefined) {
      this.#waiting.get(id)?.(rest);
      this.#waiting.delete(id);
    } else if (method === "Network.requestWillBeSent") {
      this.requested.push((params["request"] as { url: string }).url);
    } else if (method === "Runtime.exceptionThrown") {
      this.complaints.push(JSON.stringify(params["exceptionDetails"]));
    } else if (method === "Log.entryAdded") {
      const { source, text } = params["entry"] as { source: string; text: string };
      // That a server is gone is what one of the tests is about.
      if (source !== "network") this.complaints.push(text);
    }
  }

  async #listen(found: (place: string) => void): Promise<void> {
    let text = "";
    for await (const chunk of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      text = (text + chunk).slice(-10_000);
      const place = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (place !== undefined) found(place);
    }
  }
}
