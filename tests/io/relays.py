"""What stands between a client and a provider: TLS, and proxies. Threads over blocking sockets."""

import base64
import socket
import socketserver
import threading
from typing import Any

import h2.config
import h2.connection
import h2.events

USER, PASSWORD = "someone", "proxy-secret-0815"


class Relay:
    """Listen on 127.0.0.1 and pass bytes on to a port, behind TLS if a context is given."""

    def __init__(self, port, *, tls=None):
        self.target = port
        self.tls = tls
        self.heads: list[bytes] = []
        relay = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                relay.serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, request, client_address):
                """Stay silent: a client that does not like the certificate leaves."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *raised):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def base_url(self):
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}/v1"

    def serve(self, client):
        if self.tls is not None:
            client = self.tls.wrap_socket(client, server_side=True)
        with client:
            self.connect(client)

    def connect(self, client):
        with socket.create_connection(("127.0.0.1", self.target)) as server:
            pipe(client, server)


class Proxy(Relay):
    """An HTTP proxy: tunnels with CONNECT, forwards the rest, and may want credentials."""

    def __init__(self, *, wants_credentials=False):
        super().__init__(0)
        self.wants_credentials = wants_credentials

    def url(self, *, credentials=False):
        user = f"{USER}:{PASSWORD}@" if credentials else ""
        return f"http://{user}127.0.0.1:{self.port}"

    def connect(self, client):
        head = b""
        while b"\r\n\r\n" not in head:
            more = client.recv(65536)
            if not more:
                return
            head += more
        self.heads.append(head)
        expected = base64.b64encode(f"{USER}:{PASSWORD}".encode())
        if self.wants_credentials and expected not in head:
            client.sendall(
                b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n"
            )
            return
        method, target = head.split(b" ", 2)[:2]
        host = target if method == b"CONNECT" else target.split(b"/")[2]
        with socket.create_connection(("127.0.0.1", int(host.rpartition(b":")[2]))) as server:
            if method == b"CONNECT":
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                server.sendall(head)
            pipe(client, server)


class Http2Server(Relay):
    """Answer Chat Completions over HTTP/2: two words of text; only one if the query says stall."""

    def __init__(self, *, tls):
        super().__init__(0, tls=tls)
        self.requests: list[dict[str, str]] = []

    def connect(self, client):
        http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        http.initiate_connection()
        client.sendall(http.data_to_send())
        asked = {}
        while data := client.recv(65536):
            for event in http.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    asked[event.stream_id] = {k.decode(): v.decode() for k, v in event.headers}
                elif isinstance(event, h2.events.StreamEnded):
                    self.requests.append(asked[event.stream_id])
                    self.answer(http, event.stream_id, asked[event.stream_id][":path"])
            client.sendall(http.data_to_send())

    def answer(self, http, stream, path):
        event = b'data: {"choices": [{"index": 0, "delta": {"content": "%b"}}]}\n\n'
        http.send_headers(stream, [(":status", "200"), ("x-request-id", "r1")])
        for word in (b"HTTP/", b"2"):
            http.send_data(stream, event % word)
        if "stall" not in path:
            last = b'data: {"choices": [{"delta": {}, "finish_reason": "stop"}]}\n\n'
            http.send_data(stream, last + b"data: [DONE]\n\n", end_stream=True)


def pipe(one: Any, other: Any):
    """Pass bytes both ways until either side closes."""

    def pass_on(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    back = threading.Thread(target=pass_on, args=(other, one), daemon=True)
    back.start()
    pass_on(one, other)
    back.join()
