import { assertEquals } from "@std/assert";
import type { GetCommand, ServeCommand, ServeSettings } from "../../src/cli/args/command.ts";
import { gets, parse, puts, refuses, UNSAID } from "../helpers/process/parsed.ts";

Deno.test("parseCommand reads get with a host and files", () => {
  assertEquals(gets("get h a"), ["h 69 a"]);
  assertEquals(gets("get h:70 a b/c"), ["h 70 a", "h 70 b/c"]);
  assertEquals(gets("get -p 70 -m netascii h a"), ["h 70 a netascii"]);
  assertEquals(gets("get h a -p 70"), ["h 70 a"]);
  assertEquals(gets("-p 70 get h a"), ["h 70 a"]);
  assertEquals(gets("get [::1]:70 a"), ["::1 70 a"]);
  assertEquals(gets("get ::1 a"), ["::1 69 a"]);
  assertEquals(gets("get h -- -a"), ["h 69 -a"]);
});

Deno.test("parseCommand reads get with tftp:// addresses", () => {
  assertEquals(gets("get tftp://h/a tftp://[::1]:70/b%20c"), ["h 69 a", "::1 70 b c"]);
  assertEquals(gets("get -p 71 TFTP://h/a tftp://h:71/b"), ["h 71 a", "h 71 b"]);
  assertEquals(gets("get tftp://h:70/b;mode=netascii"), ["h 70 b netascii"]);
});

Deno.test("parseCommand reads put with a host and files", () => {
  assertEquals(puts("put h a d/b"), ["a > h 69 a", "d/b > h 69 b"]);
  assertEquals(puts("put -n x/y h d/b"), ["d/b > h 69 x/y"]);
  assertEquals(puts("put -n x h -"), ["- > h 69 x"]);
  assertEquals(puts("put -n d/ h a"), ["a > h 69 d/a"]);
});

Deno.test("parseCommand reads put with a tftp:// address at the end", () => {
  assertEquals(puts("put d/a tftp://h"), ["d/a > h 69 a"]);
  assertEquals(puts("put d/a tftp://h/"), ["d/a > h 69 a"]);
  assertEquals(puts("put d/a tftp://h/b"), ["d/a > h 69 b"]);
  assertEquals(puts("put a b tftp://h:70/d/"), ["a > h 70 d/a", "b > h 70 d/b"]);
  assertEquals(puts("put - tftp://h/b;mode=netascii"), ["- > h 69 b netascii"]);
});

Deno.test("parseCommand reads pull and push, file first", () => {
  assertEquals(gets("pull a"), ["127.0.0.1 69 a"]);
  assertEquals(gets("pull a h"), ["h 69 a"]);
  assertEquals(gets("pull a h 70"), ["h 70 a"]);
  assertEquals(gets("pull a ::1 70"), ["::1 70 a"]);
  assertEquals(gets("pull a -p 70"), ["127.0.0.1 70 a"]);
  assertEquals(puts("push d/a h 70"), ["d/a > h 70 a"]);
});

Deno.test("parseCommand reads the host before the command", () => {
  assertEquals(gets("h get a"), ["h 69 a"]);
  assertEquals(gets("h -p 70 get a"), ["h 70 a"]);
  assertEquals(gets("h:70 get a"), ["h 70 a"]);
  assertEquals(puts("h put d/a"), ["d/a > h 69 a"]);
});

Deno.test("parseCommand reads the options of a transfer", () => {
  const line = "get -b 1024 -w 4 -t 2 --timeout-option -r 3 -6 -v -o x h a";
  const { settings, output } = parse(line) as GetCommand;
  assertEquals(output, "x");
  assertEquals(settings, {
    ...UNSAID,
    family: 6,
    blksize: 1024,
    windowsize: 4,
    timeoutMs: 2000,
    timeoutOption: true,
    retries: 3,
    volume: "verbose",
  });
});

Deno.test("parseCommand leaves unset options to the client", () => {
  const { settings } = parse("get --no-options -q -t 0.25 h a") as GetCommand;
  assertEquals(settings, { ...UNSAID, timeoutMs: 250, plain: true, volume: "quiet" });
  assertEquals((parse("get h a") as GetCommand).settings, UNSAID);
});

/** What a line of `serve` comes to. */
function settings(line: string): ServeSettings {
  const command = parse(line) as ServeCommand;
  assertEquals(command.kind, "serve");
  return command.settings;
}

Deno.test("parseCommand reads serve", () => {
  const plain = settings("serve");
  assertEquals([plain.root, plain.port, plain.addresses], [".", 69, []]);
  assertEquals([plain.policy.uploads, plain.singlePort, plain.drainMs], ["off", false, 0]);
  assertEquals(plain.log, { level: "info", format: "text", file: undefined });
  assertEquals(settings("serve -p 6969 ."), { ...plain, port: 6969 });
  assertEquals(settings("serve -d /srv -p 0"), { ...plain, root: "/srv", port: 0 });
  assertEquals(settings("serve --uploads new --single-port -l debug -a [::1] -a 10.0.0.1 d"), {
    ...plain,
    root: "d",
    addresses: ["::1", "10.0.0.1"],
    policy: { ...plain.policy, uploads: "new" },
    singlePort: true,
    log: { ...plain.log, level: "debug" },
  });
});

Deno.test("parseCommand reads where to serve: each address once, perhaps without IPv4", () => {
  assertEquals(settings("serve -a ::1 -a 10.0.0.1 -a [::1]").addresses, ["::1", "10.0.0.1"]);
  const served = ["serve", "serve -4", "serve -6"].map(settings);
  assertEquals(served.map(({ ipv6Only }) => ipv6Only), [false, false, true]);
});

Deno.test("parseCommand reads how many threads serve", () => {
  assertEquals(settings("serve").workers, 1);
  assertEquals(settings("serve --workers 2 --port-range 5000:5001").workers, 2);
  assertEquals(settings("serve --workers 1 --single-port --rate 1M --trace").workers, 1);
});

Deno.test("parseCommand reads the bounds of serve in their units", () => {
  const { policy, drainMs, portRange } = settings(
    "serve --max-upload 10M --upload-quota 2GiB --rate 64k/s --rate-per-client 1500 " +
      "--idle-timeout 2.5 --max-transfers 5 --max-blksize 1468 --drain 30 --port-range 5000:5010",
  );
  assertEquals([policy.maxUpload, policy.uploadQuota], [10_000_000, 2 ** 31]);
  assertEquals([policy.rate, policy.ratePerClient, policy.idleTimeoutMs], [64_000, 1500, 2500]);
  assertEquals([policy.maxTransfers, policy.maxBlksize, drainMs], [5, 1468, 30_000]);
  assertEquals(portRange, { first: 5000, last: 5010 });
  const modes = ["640", "0644"].map((mode) => settings(`serve --upload-mode ${mode}`));
  assertEquals(modes.map(({ policy }) => policy.uploadMode), [0o640, 0o644]);
  assertEquals("uploadMode" in policy, false);
});

Deno.test("parseCommand reads who may ask, and which family of addresses", () => {
  const { policy } = settings("serve --allow 10.0.0.0/8 --allow ::1 --deny 10.1.0.0/16");
  assertEquals(policy.access?.allow.map(({ bits }) => bits), [8, 128]);
  assertEquals(policy.access?.deny.map(({ bytes }) => bytes), [[10, 1, 0, 0]]);
  assertEquals(settings("serve -4").addresses, ["0.0.0.0"]);
  assertEquals(settings("serve -6").addresses, ["::"]);
  assertEquals(settings("serve -6").policy.access?.deny, [{ bytes: [0, 0, 0, 0], bits: 0 }]);
});

Deno.test("parseCommand refuses what serve can't mean", () => {
  refuses({
    "serve --allow 10.0.0.1/8": "did you mean 10.0.0.0/8?",
    "serve --deny here": '"here" is not a network',
    "serve --port-range 10:5": "needs two ports such as 50000:50063",
    "serve --port-range 5000:5010 --single-port": "cannot be combined",
    "serve --workers 0": "--workers needs",
    "serve --workers 65": "--workers needs",
    "serve --workers 2 --trace": "--trace cannot be combined: it works",
    "serve --workers 2 --pcap f": "--pcap cannot be combined",
    "serve --workers 2 --fault drop=1%": "--fault cannot be combined",
    "serve --workers 3 --port-range 5000:5001": "fewer ports than there are --workers: 3",
    "serve -4 -6": "--ipv4 and --ipv6 cannot be combined",
    "serve -4 -a ::1": "::1 is not an IPv4 address",
    "serve --max-upload 0": 'needs a size such as 1500, 64k, 10M or 2GiB, not "0"',
    "serve --max-upload much": "needs a size",
    "serve --upload-mode 888": 'three octal digits that let the owner read, such as 640, not "888"',
    "serve --upload-mode 200": "let the owner read",
    "serve --upload-mode 4755": "three octal digits",
    "serve --map-test a": "--map-test needs --map FILE",
    "serve --map-client 10.0.0.1": "--map-client needs --map-test",
    "serve --map m --map-test a --map-client me": "--map-client me is not an IP address",
  });
});

Deno.test("parseCommand lets help and version win over a broken line", () => {
  assertEquals(parse("--help"), { kind: "help", topic: undefined });
  assertEquals(parse("-h"), { kind: "help", topic: undefined });
  assertEquals(parse("help put"), { kind: "help", topic: "put" });
  assertEquals(parse("get --nonsense -b x --help"), { kind: "help", topic: "get" });
  assertEquals(parse("--what push -h"), { kind: "help", topic: "put" });
  assertEquals(parse("serve -p --version"), { kind: "version" });
  assertEquals(gets("get h -- --help"), ["h 69 --help"]);
});

Deno.test("parseCommand refuses a line without a command", () => {
  refuses({
    "": "missing command: get, put or serve\nSee: tftp --help",
    "gte h a": '"gte" is not a command; did you mean get?',
    "10.0.0.1 fetch a": '"10.0.0.1" is not a command',
    "h get a b": "only one FILE after HOST get",
  });
});

Deno.test("parseCommand refuses missing and surplus operands", () => {
  refuses({
    "get": "missing HOST and FILE",
    "get h": "missing FILE",
    "put h": "missing FILE",
    "put tftp://h/a": "missing FILE",
    "h get": "missing FILE",
    "pull": "missing FILE: tftp pull FILE [HOST] [PORT]",
    "pull a h 70 x": '"x" is one argument too many',
    "serve a b": '"b" is one too many',
    "serve -d a b": "two folders given: -d a and b",
  });
});

Deno.test("parseCommand refuses hosts and ports that can't be meant", () => {
  refuses({
    "get h:0 a": 'a port is a whole number from 1 to 65535, not "0" in "h:0"',
    "get h:70000 a": 'not "70000"',
    "get h: a": 'not ""',
    "get [h] a": '"[h]" is not an IPv6 address in brackets',
    "get a:b:c f": "neither HOST:PORT nor an IPv6 address",
    "get x::1:y f": "neither HOST:PORT nor an IPv6 address",
    "get 10.0.0.1/x": "did you mean tftp://10.0.0.1/x ?",
    "get http://h/x y": '"http://h/x" is not a tftp:// address',
    "put --wait 5 h a": "--wait takes its seconds with an equals sign: --wait=5",
    "get -j 3 --local-port 7000:7001 h a": "needs 3 local ports, not 2: --local-port 7000:7002",
    "get ../x y": '"../x" is not a host',
    "put - h": '"-" is not a host',
    "pull a h seventy": 'not "seventy"',
    "get -p 70 h:71 a": "two ports given: 71 and -p 70",
    "serve -a 10.0.0.1:70": "write -a 10.0.0.1 -p 70",
  });
});

Deno.test("parseCommand refuses names that can't be used", () => {
  refuses({
    "get h ..": '".." does not end in the name of a file',
    "get h a/": '"a/" does not end in the name of a file',
    "get h a/.": "does not end in the name of a file",
    "get h ..\\..": "does not end in the name of a file",
    "get tftp://h/": "the name of the file is empty",
    "get tftp://h/a%00b": "zero byte",
    "get h x/a y\\a": 'two of the files would both be called "a"',
    "get tftp://h/n%ff tftp://h/n%fe": 'two of the files would both be called "n\ufffd"',
    "put h a d/a": 'two of the files would both be called "a"',
    "put h ..": "does not end in the name of a file",
    "put h -": "standard input has no name",
    "put - tftp://h/": "standard input has no name",
    "put -n x h a b": "-n/--name can name one FILE, not 2",
    "put a b tftp://h/x": `2 files can't all be called "x"`,
    "put -n x a tftp://h/y": "two names for the server's file: -n x and y",
  });
});

Deno.test("parseCommand refuses tftp:// addresses in the wrong place or form", () => {
  refuses({
    "get tftp://h/a b": '"b" is not a tftp:// address, but others here are',
    "get h tftp://h/a": "is not a tftp:// address, but others here are",
    "put tftp://h/a tftp://h/b": "tftp://h/a must be the last argument",
    "put tftp://h/ a": "tftp://h/ must be the last argument, after the files",
    "get tftp://h%20o/x": 'the host in "tftp://h%20o/x" is neither a name nor an address',
    "get tftp://[1:2]/x": 'the host in "tftp://[1:2]/x" is neither a name nor an address',
    "get tftp://h:0/a": "Port 0",
    "get tftp://h/a;mode=mail": 'Mode "mail"',
    "get -m octet tftp://h/a;mode=netascii": "two modes given",
  });
});

Deno.test("parseCommand refuses flags that contradict each other", () => {
  refuses({
    "get --no-options -b 512 h a": "--no-options and --blksize cannot be combined",
    "get -4 -6 h a": "--ipv4 and --ipv6 cannot be combined",
    "put -q -v h a": "--quiet and --verbose cannot be combined",
    "get --timeout-option h a": "--timeout-option needs -t with whole seconds",
    "get --timeout-option -t 1.5 h a": "--timeout-option needs -t with whole seconds",
  });
});

Deno.test("parseCommand ends its complaint with the help to read", () => {
  refuses({
    "get -b 7 h a": "\nSee: tftp get --help",
    "push": "\nSee: tftp put --help",
    "-z": "\nSee: tftp --help",
  });
});

Deno.test("parseCommand checks a get's local name only where it is used", () => {
  assertEquals(gets("get -o x h a/"), ["h 69 a/"]);
  assertEquals(gets("get -o - h a/b b"), ["h 69 a/b", "h 69 b"]);
  assertEquals(gets("get -o - h x/a y/a"), ["h 69 x/a", "h 69 y/a"]);
});
