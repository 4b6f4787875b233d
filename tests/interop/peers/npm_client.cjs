// Moves files with npm's `tftp` package: node npm_client.cjs PACKAGE JSON
// JSON: {host, port, direction, blockSize, windowSize, files: [{remote, local}]}
"use strict";

const [packageFolder, json] = process.argv.slice(2);
const tftp = require(packageFolder);
const { host, port, direction, blockSize, windowSize, files } = JSON.parse(json);
const client = tftp.createClient({ host, port, blockSize, windowSize });

function move({ remote, local }) {
  return new Promise((resolve, reject) => {
    const settle = (error) => error ? reject(error) : resolve();
    if (direction === "get") client.get(remote, local, settle);
    else client.put(local, remote, settle);
  });
}

async function main() {
  for (const file of files) {
    try {
      await move(file);
    } catch (error) {
      process.exitCode = 1;
      process.stderr.write(`${file.remote}: ${error.message}\n`);
    }
  }
}

main();
