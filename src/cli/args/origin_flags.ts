/** The flags of `tftp serve` for files that come from an HTTP server or an object store. */

import type { Flag } from "./flag_row.ts";

export const ORIGIN_FLAGS = [
  {
    name: "origin",
    commands: ["serve"],
    takes: { kind: "text" },
    value: "URL",
    help: "Serve the files of a web server (https://HOST/FOLDER/) or of a bucket " +
      "(s3://BUCKET/PREFIX). If DIR is given too, files in DIR come first.",
  },
  {
    name: "origin-first",
    commands: ["serve"],
    takes: { kind: "switch" },
    help: "Look for files at the origin first, then in DIR; uploads go to the origin.",
  },
  {
    name: "origin-redirect",
    commands: ["serve"],
    takes: { kind: "text" },
    value: "HOST[:PORT]",
    help: "Also follow redirects of the origin to this host; can be repeated.",
    repeatable: true,
  },
  {
    name: "origin-timeout",
    commands: ["serve"],
    takes: { kind: "seconds", min: 1, max: 300 },
    value: "SECONDS",
    help: "Give up an origin that is silent for this long; the client gets an error after 12 " +
      "seconds at most.",
    default: "10",
  },
  {
    name: "origin-ca",
    commands: ["serve"],
    takes: { kind: "text" },
    value: "FILE",
    help: "Also trust the certificates in this file (PEM).",
  },
  {
    name: "cache",
    commands: ["serve"],
    takes: { kind: "text" },
    value: "DIR",
    help: "Keep copies of the origin's files in this folder.",
  },
  {
    name: "cache-size",
    commands: ["serve"],
    takes: { kind: "size" },
    value: "SIZE",
    help: "Largest size of the cache; the least recently used files are removed first.",
    default: "1G",
  },
  {
    name: "cache-stale",
    commands: ["serve"],
    takes: { kind: "switch" },
    help: "While the origin is down, serve expired copies.",
  },
  {
    name: "s3-endpoint",
    commands: ["serve"],
    takes: { kind: "text" },
    value: "URL",
    help: "The server of the bucket, if it is not one of Amazon's.",
  },
  {
    name: "s3-region",
    commands: ["serve"],
    takes: { kind: "text" },
    value: "REGION",
    help: "The region for the signatures of requests to the bucket.",
    default: "us-east-1",
  },
  {
    name: "s3-credentials",
    commands: ["serve"],
    takes: { kind: "text" },
    value: "FILE",
    help: "Read the keys from this file, in the format of Amazon's tools, instead of from " +
      "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
  },
] as const satisfies readonly Flag[];
