// Moves one file with npm's `tftp` package: node npm_client.cjs PACKAGE JSON
// JSON: {host, port, direction, blockSize, windowSize, remote, local}
"use strict";

const [packageFolder, json] = process.argv.slice(2);
const tftp = require(packageFolder);
const { host, port, direction, blockSize, windowSize, remote, local } = JSON.parse(json);
const client = tftp.createClient({ host, port, blockSize, windowSize });

// After an upload of a multiple of 64 KiB the package never calls back; then the process ends by
// itself, since nothing is left to wait for, and only the file can tell that all went well.
function settle(error) {
  if (!error) return;
  process.exitCode = 1;
  process.stderr.write(`${remote}: ${error.message}\n`);
}

if (direction === "get") client.get(remote, local, settle);
else client.put(local, remote, settle);
