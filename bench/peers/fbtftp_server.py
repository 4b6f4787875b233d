"""Serves a folder with fbtftp: fbtftp_server.py HOST PORT FOLDER"""

import os
import sys

from fbtftp.base_handler import BaseHandler, ResponseData
from fbtftp.base_server import BaseServer

HOST, PORT, FOLDER = sys.argv[1], int(sys.argv[2]), sys.argv[3]


class File(ResponseData):
    def __init__(self, name):
        self._file = open(os.path.join(FOLDER, name.lstrip("/")), "rb")

    def read(self, count):
        return self._file.read(count)

    def size(self):
        return os.fstat(self._file.fileno()).st_size

    def close(self):
        self._file.close()


class Handler(BaseHandler):
    def __init__(self, server, peer, path, options):
        super().__init__(server, peer, path, options, lambda stats: None)

    def get_response_data(self):
        return File(self._path)


class Server(BaseServer):
    def get_handler(self, server, peer, path, options):
        return Handler(server, peer, path, options)


Server(HOST, PORT, retries=5, timeout=2).run()
