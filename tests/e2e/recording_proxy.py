"""A proxy on loopback that hands bytes through unchanged and keeps what was said, for tests.

Clients sign the proxy's address as Host and the node verifies the Host that it receives, so signatures stay valid.
"""
import socket
import threading


def read_message(stream):
    """One HTTP/1.1 message with a Content-Length: (head, body) as bytes, or None at the end of the stream."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline(65536)
        if not line:
            return None
        head += line
        if line == b"\r\n":
            break
    length = int(headers_of(head).get("content-length", "0"))
    return head, stream.read(length)


def headers_of(head):
    pairs = (line.split(":", 1) for line in head.decode("latin-1").split("\r\n")[1:] if ":" in line)
    return {name.strip().lower(): value.strip() for name, value in pairs}


class RecordingProxy:
    """Listens on a free port; `replies` grows by one entry a reply, in the order of their ends."""

    def __init__(self, host, port):
        self.target = (host, port)
        self.replies = []
        self.guard = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept_all, daemon=True).start()

    @property
    def url(self):
        return "http://127.0.0.1:%d" % self.listener.getsockname()[1]

    def accept_all(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client, socket.create_connection(self.target, timeout=120) as server:
            from_client, from_server = client.makefile("rb"), server.makefile("rb")
            while True:
                try:
                    request = read_message(from_client)
                    if request is None:
                        return
                    server.sendall(request[0] + request[1])
                    reply = read_message(from_server)
                    if reply is None:
                        return
                    self.keep(request[0], reply)
                    client.sendall(reply[0] + reply[1])
                except OSError:  # either side is gone; the other one learns it by the end of its stream
                    return

    def keep(self, request_head, reply):
        target = headers_of(request_head).get("x-amz-target", "")
        entry = {"operation": target.rpartition(".")[2], "status": int(reply[0].split(b" ", 2)[1]),
                 "headers": headers_of(reply[0]), "body": reply[1].decode("utf-8")}
        with self.guard:
            self.replies.append(entry)
