import { assert, assertEquals, assertThrows } from "@std/assert";
import { ErrorCode, TftpError } from "../../src/protocol/mod.ts";
import {
  type FileRequest,
  type Handler,
  HandlerChain,
  type Opened,
} from "../../src/engine/handler.ts";
import { isLater, Later } from "../../src/engine/later.ts";
import { MemorySource } from "../helpers/sim/memory_network.ts";

const SOURCE = new MemorySource(new Uint8Array(1));

function requestFor(name: string): FileRequest & { isCancelled: boolean } {
  return {
    ...{ direction: "get", client: { hostname: "10.0.0.1", port: 2000 }, name, askedName: name },
    ...{ mode: "octet", options: [], announcedBytes: undefined },
    ...{ naming: {}, writing: { existing: "refuse" }, isCancelled: false, onCancel() {} },
  };
}

function refusing(code: number): Handler {
  return {
    open() {
      throw new TftpError("local", code);
    },
  };
}

const giving: Handler = { open: () => SOURCE };

/** A handler, and the wait that it answers with. */
function later(): { handler: Handler; answer: Later<Opened> } {
  const answer = new Later<Opened>();
  return { handler: { open: () => answer }, answer };
}

Deno.test("HandlerChain asks the next where a file is not found, and answers at once", () => {
  const chain = new HandlerChain(refusing(ErrorCode.FileNotFound), giving);
  assertEquals(chain.open(requestFor("a")), SOURCE);
});

Deno.test("HandlerChain keeps every other refusal", () => {
  const chain = new HandlerChain(refusing(ErrorCode.AccessViolation), giving);
  const error = assertThrows(() => chain.open(requestFor("a")), TftpError);
  assertEquals(error.code, ErrorCode.AccessViolation);
});

Deno.test("HandlerChain ends with what the last one says", () => {
  const chain = new HandlerChain(refusing(ErrorCode.FileNotFound), refusing(ErrorCode.NotDefined));
  const error = assertThrows(() => chain.open(requestFor("a")), TftpError);
  assertEquals(error.code, ErrorCode.NotDefined);
});

Deno.test("HandlerChain asks the next when a file is not found later", () => {
  const { handler, answer } = later();
  const opened = new HandlerChain(handler, giving).open(requestFor("a"));
  assert(isLater(opened));
  const came: unknown[] = [];
  opened.then((file) => came.push(file));
  assertEquals(came, []);
  answer.reject(new TftpError("local", ErrorCode.FileNotFound));
  assertEquals(came, [SOURCE]);
});

Deno.test("HandlerChain asks no handler for a cancelled request", () => {
  const { handler, answer } = later();
  let asked = 0;
  const request = requestFor("a");
  const opened = new HandlerChain(handler, { open: () => (asked++, SOURCE) }).open(request);
  const failed: unknown[] = [];
  (opened as PromiseLike<Opened>).then(undefined, (error) => failed.push(error));
  request.isCancelled = true;
  answer.reject(new TftpError("local", ErrorCode.FileNotFound));
  assertEquals([asked, failed.length], [0, 1]);
});

Deno.test("HandlerChain suggests what the first one does that can", () => {
  const chain = new HandlerChain(giving, { ...giving, probableName: (name) => `${name}?` });
  assertEquals(chain.probableName("a", {}), "a?");
});
