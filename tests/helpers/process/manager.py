"""A service manager: prints as JSON what it is told, until STOPPING=1.

Arguments: the name of its socket, which begins with "@" if it is no file.
"""
import json
import socket
import sys

name = sys.argv[1]
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
    sock.bind("\0" + name[1:] if name.startswith("@") else name)
    print("bound", flush=True)
    told = []
    while not told or not told[-1].startswith("STOPPING=1"):
        told.append(sock.recv(4096).decode())
    print(json.dumps(told), flush=True)
