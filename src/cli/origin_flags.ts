/** The flags of `tftp serve` for files that come from an HTTP server or an object store. */

import type { Flag } from "./flag_row.ts";

export const ORIGIN_FLAGS = [
  {
    name: "origin",
    commands: ["serve"],
    takes: { kind: "text" },
    value: "URL",
    help: "Serve the files of a web server (https://HOST/FOLDER/) or of a bucket " +
      "(s3://BUCKET/PREFIX): behind DIR where one is named, else alone.",
  },
  {
    name: "origin-first",
    commands: ["serve"],
    takes: { kind: "switch" },
    help:
      "Look for a file at the origin first and in DIR then; uploads go to the first of the two.",
  },
  {
    name: "origin-redirect",
    commands: ["serve"],
    takes: { kind: "text" },
    value: "HOST[:PORT]",
    help: "Follow redirects of the origin to this host too; can be repeated.",
    repeatable: true,
  },
  {
    name: "origin-timeout",
    commands: ["serve"],
    takes: { kind: "seconds", min: 1, max: 300 },
    value: "SECONDS",
    help: "Give up an origin that says nothing for so long; a client that asks for a file is " +
      "told after 12 seconds at most.",
    default: "10",
  },
  {
    name: "origin-ca",
    commands: ["serve"],
    takes: { kind: "text" },
    value: "FILE",
    help: "Trust the certificates in this file (PEM) beside the usual ones.",
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
    help: "Keep no more than this; what was not wanted for the longest time goes first.",
    default: "1G",
  },
  {
    name: "cache-stale",
    commands: ["serve"],
    takes: { kind: "switch" },
    help: "Serve copies whose time is over while the origin is down.",
  },
  {
    name: "s3-endpoint",
    commands: ["serve"],
    takes: { kind: "text" },
    value: "URL",
    help: "Where the bucket is, if it is not one of Amazon's.",
  },
  {
    name: "s3-region",
    commands: ["serve"],
    takes: { kind: "text" },
    value: "REGION",
    help: "The region that requests to the bucket are signed for.",
    default: "us-east-1",
  },
  {
    name: "s3-credentials",
    commands: ["serve"],
    takes: { kind: "text" },
    value: "FILE",
    help: "Take the keys from this file, written as for Amazon's tools, instead of from " +
      "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
  },
] as const satisfies readonly Flag[];
