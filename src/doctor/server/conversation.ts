/**
 * One question to a server: a request, its answer, and perhaps blocks. This client only observes:
 * it keeps no file, counts everything, and breaks rules on purpose where the question says so.
 * Pure: it is given what came and when, and returns what to send.
 *
 *     asking   the request was sent, nothing has come
 *     taking   blocks come; each window is acknowledged at its end, or when no more come
 *     watching a test is running: the ACK is kept back for a while
 *     ending   an ERROR has come, and may come again
 *     over     `seen` tells the rest
 */

import {
  type Address,
  type DataPacket,
  encodePacket,
  type ErrorPacket,
  Opcode,
  type Packet,
  packetIn,
  toWire,
} from "../../protocol/mod.ts";
import { answerIn, grantedIn } from "./answer.ts";
import { Notes } from "./notes.ts";
import {
  type BlockTest,
  type Ending,
  type Question,
  type RunningTest,
  type Seen,
  type Sending,
  type Unreachable,
  waitFor,
} from "./question.ts";
import { WindowWatch } from "./window_watch.ts";

/** How long to wait for blocks that the last one overtook, and for the next one of a window. */
const [GRACE_MS, TAIL_MS] = [20, 150];
/** The ERROR text at the end of a question that needs no more blocks. */
const ENOUGH = "tftp doctor has seen enough";

type State = "asking" | "taking" | "watching" | "ending" | "over";

export class Conversation {
  readonly #question: Question;
  readonly #asked: Address;
  readonly #notes: Notes;
  #state: State = "asking";
  readonly #outbox: Sending[] = [];
  #startedMs = 0;
  #sentMs = 0;
  #deadlineMs = 0;
  #repeats = 0;
  #watch = new WindowWatch(1);
  #test: RunningTest | undefined;

  constructor(question: Question, asked: Address) {
    this.#question = question;
    this.#asked = asked;
    this.#notes = new Notes(question);
  }

  get over(): boolean {
    return this.#state === "over";
  }

  /** When `tick` has something to do. */
  get deadlineMs(): number {
    return Math.min(this.#deadlineMs, this.#startedMs + this.#question.mostMs);
  }

  /** What was seen; complete once it is over. */
  get seen(): Seen {
    return this.#notes.seen(this.#watch);
  }

  start(nowMs: number): Sending[] {
    this.#startedMs = nowMs;
    this.#ask(nowMs);
    return this.#sendings();
  }

  receive(bytes: Uint8Array, from: Address, nowMs: number): Sending[] {
    if (this.over) return [];
    const packet = packetIn(bytes);
    if (this.#isElsewhere(from)) this.#tellElsewhere(packet, from);
    else if (this.#notes.answer === undefined) this.#first(bytes, from, nowMs);
    else this.#more(packet, nowMs);
    return this.#sendings();
  }

  /** The stranger's port got an ERROR with this code, or ICMP says that nobody listens. */
  strangerHears(told: number | "ICMP", nowMs: number): Sending[] {
    if (this.#test?.test !== "stranger") return [];
    this.#test.told = told;
    this.#deadlineMs = nowMs;
    return this.tick(nowMs);
  }

  /** ICMP says that nobody listens. */
  unreachable(said: Unreachable): void {
    if (this.over) return;
    this.#notes.unreachable = said;
    this.#end("unreachable");
  }

  /** The run's bounds are reached: nothing more may be sent. */
  outOfBounds(): void {
    if (!this.over) this.#end("bounds");
  }

  tick(nowMs: number): Sending[] {
    if (this.over || nowMs < this.deadlineMs) return [];
    const late = nowMs >= this.#startedMs + this.#question.mostMs;
    if (this.#state === "ending") this.#end("ERROR");
    else if (late) this.#giveUp();
    else if (this.#state === "asking") this.#askAgain(nowMs);
    else if (this.#state === "watching") this.#endDeed(nowMs);
    else this.#quiet(nowMs);
    return this.#sendings();
  }

  #ask(nowMs: number): void {
    this.#send(this.#question.request, nowMs);
    this.#deadlineMs = nowMs + waitFor(this.#question, this.#notes.asked++);
  }

  #askAgain(nowMs: number): void {
    if (this.#notes.asked >= this.#question.times) this.#end("silence");
    else this.#ask(nowMs);
  }

  /** A server answers from the address that was asked, and from one port. */
  #isElsewhere(from: Address): boolean {
    const { peer } = this.#notes;
    if (from.hostname !== this.#asked.hostname) return true;
    return peer !== undefined && from.port !== peer.port;
  }

  #tellElsewhere(packet: Packet | undefined, from: Address): void {
    // A request that was sent twice may start two transfers; that is no fault.
    const isTwin = this.#notes.asked > 1 && from.hostname === this.#asked.hostname;
    const isNew = this.#notes.elsewhere(from, !isTwin);
    if (!isNew || packet?.opcode === Opcode.ERROR) return;
    const error: Packet = { opcode: Opcode.ERROR, code: 5, message: "Unknown transfer ID" };
    this.#outbox.push({ bytes: encodePacket(error), to: from, by: "asker" });
  }

  #first(bytes: Uint8Array, from: Address, nowMs: number): void {
    const answer = answerIn(bytes);
    this.#notes.peer = from;
    this.#notes.answer = answer;
    if (this.#notes.asked === 1) this.#notes.answerMs = nowMs - this.#sentMs;
    const { blocks, upload, watchMs = 0 } = this.#question;
    if (answer.kind === "ERROR") {
      this.#state = "ending";
      this.#deadlineMs = nowMs + watchMs;
      if (watchMs === 0) this.#end("ERROR");
    } else if (answer.kind === "garbage") this.#end("answer");
    else if (upload !== undefined) {
      this.#state = "taking";
      this.#sendUpload(upload, nowMs);
    } else if (blocks === 0) this.#stop(nowMs, "answer", answer.kind === "OACK" ? 8 : 0);
    else this.#begin(bytes, nowMs);
  }

  #begin(bytes: Uint8Array, nowMs: number): void {
    const granted = (name: string, fallback: number) => {
      const value = Number(grantedIn(this.#notes.answer, name) ?? fallback);
      return Number.isInteger(value) && value > 0 ? value : fallback;
    };
    this.#notes.blksize = granted("blksize", 512);
    this.#watch = new WindowWatch(granted("windowsize", 1));
    this.#state = "taking";
    if (this.#notes.answer?.kind === "OACK") this.#acknowledge(0, nowMs);
    else this.#more(packetIn(bytes), nowMs);
  }

  #more(packet: Packet | undefined, nowMs: number): void {
    const { upload } = this.#question;
    if (packet?.opcode === Opcode.ERROR) this.#refused(packet);
    else if (packet === undefined) this.#notes.garbage++;
    else if (this.#state === "ending") return;
    else if (packet?.opcode === Opcode.ACK && upload !== undefined && packet.block === 1) {
      this.#end("file");
    } else if (packet?.opcode === Opcode.DATA && upload === undefined) this.#block(packet, nowMs);
  }

  #refused({ code, message }: ErrorPacket): void {
    if (this.#state === "ending") return void this.#notes.errorCopies++;
    this.#notes.error = { code, text: message };
    this.#end("ERROR");
  }

  #block({ block, payload }: DataPacket, nowMs: number): void {
    const index = this.#watch.indexOf(block);
    if (this.#test !== undefined) {
      if (index === this.#test.at) this.#again(this.#test, nowMs);
      return;
    }
    const arrival = this.#watch.take(index, payload.length < this.#notes.blksize);
    if (arrival === "old") return;
    this.#repeats = 0;
    this.#notes.bytes(payload);
    const lockstep = this.#watch.windowsize === 1;
    if (lockstep) this.#notes.roundTrip(nowMs - this.#sentMs);
    const test = this.#question.tests?.get(index);
    if (test !== undefined && lockstep) this.#startTest(index, test, nowMs);
    else if (this.#watch.complete) this.#closeWindow(nowMs);
    else this.#deadlineMs = nowMs + (arrival === "end of window" ? GRACE_MS : TAIL_MS);
  }

  /** Sends the ACK of a window, unless the question has enough. */
  #closeWindow(nowMs: number): void {
    const index = this.#watch.close();
    this.#notes.blocks = index;
    if (this.#watch.whole) {
      this.#acknowledge(index, nowMs);
      this.#end("file");
    } else if (index >= this.#question.blocks) this.#stop(nowMs, "blocks", 0);
    else this.#acknowledge(index, nowMs);
  }

  /** Nothing has come for a while. */
  #quiet(nowMs: number): void {
    if (this.#watch.begun) return this.#closeWindow(nowMs);
    this.#notes.stalls++;
    if (++this.#repeats >= this.#question.times) return this.#giveUp();
    const { upload } = this.#question;
    if (upload !== undefined) this.#sendUpload(upload, nowMs);
    else this.#acknowledge(this.#notes.blocks, nowMs);
  }

  #sendUpload(payload: Uint8Array, nowMs: number): void {
    this.#send({ opcode: Opcode.DATA, block: 1, payload }, nowMs);
    this.#deadlineMs = nowMs + this.#question.waitMs;
  }

  #acknowledge(index: number, nowMs: number): void {
    this.#send({ opcode: Opcode.ACK, block: toWire(index, this.#watch.rollover ?? 0) }, nowMs);
    this.#deadlineMs = nowMs + this.#question.waitMs;
  }

  #startTest(at: number, test: BlockTest, nowMs: number): void {
    const { watchMs = 0, mostMs } = this.#question;
    this.#test = { at, test, copies: 1, sinceMs: nowMs };
    this.#state = "watching";
    this.#deadlineMs = test === "hold" ? this.#startedMs + mostMs : nowMs + watchMs;
    const ack = (block: number) => encodePacket({ opcode: Opcode.ACK, block });
    const to = this.#notes.peer!;
    if (test === "echo") this.#outbox.push({ bytes: ack(at - 1), to, by: "asker" });
    if (test === "stranger") this.#outbox.push({ bytes: ack(at), to, by: "stranger" });
  }

  /** A late copy comes from the server's own timer, and answers nothing. */
  #again(test: RunningTest, nowMs: number): void {
    const { watchMs = 0 } = this.#question;
    const holds = test.test === "hold";
    if (holds || nowMs - test.sinceMs <= watchMs / 2) test.copies++;
    if (holds) this.#endDeed(nowMs);
  }

  #endDeed(nowMs: number): void {
    const { at, test, copies, sinceMs, told } = this.#test!;
    this.#test = undefined;
    this.#state = "taking";
    const again = test === "hold" && copies > 1 ? { againMs: nowMs - sinceMs } : {};
    this.#notes.tests.push({ at, test, copies, ...again, ...(told === undefined ? {} : { told }) });
    this.#closeWindow(nowMs);
  }

  #giveUp(): void {
    if (this.#test !== undefined) {
      const { at, test, copies } = this.#test;
      this.#notes.tests.push({ at, test, copies });
    }
    this.#end(this.#notes.answer === undefined ? "silence" : "stalled");
  }

  #stop(nowMs: number, ending: Ending, code: number): void {
    this.#send({ opcode: Opcode.ERROR, code, message: ENOUGH }, nowMs);
    this.#end(ending);
  }

  #end(ending: Ending): void {
    this.#notes.ending = ending;
    this.#state = "over";
  }

  #send(packet: Packet, nowMs: number): void {
    this.#sentMs = nowMs;
    const to = this.#notes.peer ?? this.#asked;
    this.#outbox.push({ bytes: encodePacket(packet), to, by: "asker" });
  }

  #sendings(): Sending[] {
    return this.#outbox.splice(0);
  }
}
