"""Prints the addresses that Python finds for a name, or 'not found', or the error."""

import socket
import sys

try:
    for *_, place in socket.getaddrinfo(sys.argv[1], None, type=socket.SOCK_STREAM):
        print(place[0])
except socket.gaierror as error:
    print("not found" if error.errno == socket.EAI_NONAME else error)
