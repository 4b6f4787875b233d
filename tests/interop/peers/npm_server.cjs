// Serves a folder with npm's `tftp` package: node npm_server.cjs PACKAGE HOST PORT FOLDER
"use strict";

const [packageFolder, host, port, root] = process.argv.slice(2);
const tftp = require(packageFolder);

// The package caps what it grants at its own defaults (1468 and 4), so raise them.
const server = tftp.createServer({
  host,
  port: Number(port),
  root,
  blockSize: 65464,
  windowSize: 64,
});
// Without listeners a failed request would end the whole server.
server.on("error", () => {});
server.on("request", (request) => request.on("error", () => {}));
server.listen();
