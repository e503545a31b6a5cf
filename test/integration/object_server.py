"""A web server of files on this machine, which counts requests and misbehaves as a test wants it to."""

import contextlib
import dataclasses
import http.server
import random
import re
import socket
import struct
import threading
import time


@dataclasses.dataclass
class Request:
    method: str
    path: str
    range: str  # as the header says; "": none
    status: int = 0
    bytes_sent: int = 0


class Objects:
    """What the server has, and how it behaves. `misbehave(request, number)` may return a name of what goes wrong with a request (the
    number counts from 0), None: nothing."""

    def __init__(self):
        self.content = {}
        self.tags = {}
        self.knows_ranges = True
        self.knows_suffixes = True
        self.tells_length = True
        self.delay_s = 0.0
        self.misbehave = lambda request, number: None
        self.requests = []
        self.redirects = {}
        self.lock = threading.Lock()

    def put(self, path, content, tag=None):
        self.content["/" + path] = content
        self.tags["/" + path] = tag if tag is not None else f'"{hash(content) & 0xFFFFFFFF:x}"'

    def gets(self):
        return [request for request in self.requests if request.method == "GET"]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        self.answer(with_body=False)

    def do_GET(self):
        self.answer(with_body=True)

    def answer(self, with_body):
        objects = self.server.objects
        request = Request(self.command, self.path, self.headers.get("Range", ""))
        with objects.lock:
            number = len(objects.requests)
            objects.requests.append(request)
        fault = objects.misbehave(request, number)
        if objects.delay_s:
            time.sleep(objects.delay_s)
        path = self.path.split("?")[0]
        if path in objects.redirects:
            self.reply(request, 302, {"Location": objects.redirects[path]}, b"", with_body)
        elif fault in FAULTS_IN_FRONT:
            FAULTS_IN_FRONT[fault](self, request)
        elif path not in objects.content:
            self.reply(request, 404, {}, b"<html>nothing here</html>", with_body)
        elif objects.tags[path] and self.headers.get("If-None-Match") == objects.tags[path]:
            self.reply(request, 304, {"ETag": objects.tags[path]}, b"", with_body)
        else:
            self.send_object(request, objects.content[path], objects.tags[path], fault, with_body)

    def send_object(self, request, content, tag, fault, with_body):
        objects = self.server.objects
        fields = {"ETag": tag} if tag else {}
        if fault == "other tag":
            fields["ETag"] = '"another"'
        first, last = 0, len(content) - 1
        status = 200
        match = re.fullmatch(r"bytes=(\d*)-(\d*)", request.range)
        if match and objects.knows_ranges and (match.group(1) or objects.knows_suffixes):
            if match.group(1):
                first = int(match.group(1))
                last = min(last, int(match.group(2) or last))
            else:
                first = max(0, len(content) - int(match.group(2)))
            if first > last:
                return self.reply(request, 416, {"Content-Range": f"bytes */{len(content)}", **fields}, b"", with_body)
            status = 206
            fields["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        body = content[first:last + 1]
        if fault == "wrong place":
            fields["Content-Range"] = f"bytes {first + 1}-{last + 1}/{len(content) + 2}"
        if fault == "wrong total":
            fields["Content-Range"] = f"bytes {first}-{last}/{len(content) + 1000}"
        if fault == "huge total":
            fields["Content-Range"] = f"bytes {first}-{last}/{1 << 80}"
        if fault == "odd content-range":
            fields["Content-Range"] = "items 1 to many"
        if fault == "no content-range":
            fields.pop("Content-Range", None)
        if fault == "encoded":
            fields["Content-Encoding"] = "gzip"
        if fault == "too much":
            body += b"and more" * 100
        if fault == "other bytes":
            body = random.Random(len(body)).randbytes(len(body))
        return self.reply(request, status, fields, body, with_body, fault)

    def reply(self, request, status, fields, body, with_body, fault=None):
        request.status = status
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        chunked = not self.server.objects.tells_length and with_body
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif fault == "huge length":
            self.send_header("Content-Length", str(1 << 50))
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not with_body or status == 304:
            return
        if fault in ("short", "short and reset", "huge length"):
            body = body[:len(body) // 2]
        request.bytes_sent = len(body)
        with contextlib.suppress(OSError):
            if chunked:
                for at in range(0, len(body), 50_000):
                    piece = body[at:at + 50_000]
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.write(b"0\r\n\r\n")
            elif fault == "slow":
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(0.2)
            else:
                self.wfile.write(body)
            self.wfile.flush()
        if fault == "short and reset":
            self.reset()
        if fault in ("short", "huge length"):
            self.close_connection = True

    def reset(self):
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.close()

    def garbage(self, _request):
        chance = random.Random(len(self.server.objects.requests))
        with contextlib.suppress(OSError):
            self.wfile.write(chance.randbytes(5_000))
        self.close_connection = True

    def endless_fields(self, _request):
        with contextlib.suppress(OSError):
            self.wfile.write(b"HTTP/1.1 206 Partial Content\r\n")
            for number in range(20_000):
                self.wfile.write(b"X-Field-%d: %s\r\n" % (number, b"x" * 80))
        self.close_connection = True

    def silence(self, _request):
        self.server.ended.wait(20)
        self.close_connection = True


FAULTS_IN_FRONT = {
    "500": lambda handler, request: handler.reply(request, 500, {}, b"no", True),
    "503": lambda handler, request: handler.reply(request, 503, {"Retry-After": "0"}, b"no", True),
    "403": lambda handler, request: handler.reply(request, 403, {}, b"no", True),
    "reset": lambda handler, request: handler.reset(),
    "close": lambda handler, request: setattr(handler, "close_connection", True),
    "garbage": Handler.garbage,
    "endless fields": Handler.endless_fields,
    "silence": Handler.silence,
}


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass  # the other side went away


@contextlib.contextmanager
def serving():
    """(objects, "http://127.0.0.1:PORT/") while the block runs."""
    with Server(("127.0.0.1", 0), Handler) as server:
        server.objects = Objects()
        server.ended = threading.Event()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield server.objects, f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.ended.set()
            server.shutdown()
            thread.join()
