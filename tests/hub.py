"""A stand-in for the Hub on this machine: repositories that are made, written to in commits, and read."""

import base64
import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit


@dataclass
class Repository:
    """Commits by their hash, each of them files by name; the newest last."""

    private: bool
    commits: dict = field(default_factory=dict)

    @property
    def head(self):
        return next(reversed(self.commits), "0" * 40)


class Hub(ThreadingHTTPServer):
    """Knows one token; `requests` lists what was asked, `cut` and `refused` break what is asked next.

    Attributes:
        repositories: By name.
        objects: Large files by their hash, as they were sent, in a commit or not yet.
        cut: After how many bytes of a file the connection breaks, once.
        refused: How many more large files are taken before one is refused, once.
        lies: Name -> bytes that the list of files says a file has.
        longer: Name -> bytes that are sent at its end, beyond those that it has.
    """

    daemon_threads = True
    token = "hf_good"

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.repositories, self.objects, self.requests = {}, {}, []
        self.cut = self.refused = None
        self.lies, self.longer = {}, {}
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def close(self):
        self.shutdown()
        self.server_close()
        self.thread.join()

    def put(self, name, files):
        """A commit that somebody made; its hash."""
        repository = self.repositories.setdefault(name, Repository(private=False))
        commit = hashlib.sha1(repr(sorted(files)).encode() + str(len(repository.commits)).encode()).hexdigest()
        repository.commits[commit] = dict(files)
        return commit

    def files(self, name):
        """Of the newest commit."""
        repository = self.repositories[name]
        return repository.commits.get(repository.head, {})


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self.served(body=False)

    def do_GET(self):
        path = unquote(urlsplit(self.path).path)
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/(\w+))?", path):
            return self.listed(found[1])
        return self.served(body=True)

    def do_POST(self):
        path, content = unquote(urlsplit(self.path).path), self.content()
        if path == "/api/validate-yaml":
            return self.send(200, {"errors": [], "warnings": []})
        if not self.may():
            return self.send(401, {"error": "Invalid username or password."})
        if path == "/api/repos/create":
            asked = json.loads(content)
            name = f"{asked['organization']}/{asked['name']}" if asked.get("organization") else asked["name"]
            if name in self.server.repositories:
                return self.send(409, {"error": "You already created this model repo", "url": f"/{name}"})
            self.server.repositories[name] = Repository(private=asked.get("visibility") == "private")
            return self.send(200, {"url": f"{self.server.url}/{name}", "name": name, "id": name})
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/preupload/main", path):
            files = [
                {"path": one["path"], "shouldIgnore": False, "uploadMode": "lfs" if large(one["path"]) else "regular"}
                for one in json.loads(content)["files"]
            ]
            return self.send(200, {"files": files})
        if re.fullmatch(r"/([^/]+/[^/]+)\.git/info/lfs/objects/batch", path):
            return self.send(200, {"transfer": "basic", "objects": [*map(self.upload, json.loads(content)["objects"])]})
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/commit/main", path):
            return self.commit(found[1], content)
        return self.send(404, {})

    def do_PUT(self):
        oid = self.path.rpartition("/")[2]
        content = self.content()
        server = self.server
        if server.refused is not None:
            server.refused -= 1
            if server.refused < 0:
                server.refused = None
                return self.send(507, {"error": "no room"})
        assert hashlib.sha256(content).hexdigest() == oid
        server.objects[oid] = content
        return self.send(200, {})

    def upload(self, one):
        """What to do with a large file: nothing where it is here."""
        answer = {"oid": one["oid"], "size": one["size"]}
        if one["oid"] not in self.server.objects:
            answer["actions"] = {"upload": {"href": f"{self.server.url}/objects/{one['oid']}", "header": {}}}
        return answer

    def commit(self, name, content):
        files = {}
        for line in map(json.loads, content.decode().splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.server.objects[value["oid"]]
        before = self.server.files(name)
        commit = self.server.put(name, {**before, **files})
        url = f"{self.server.url}/{name}/commit/{commit}"
        return self.send(200, {"success": True, "commitOid": commit, "commitUrl": url, "hookOutput": ""})

    def listed(self, name):
        self.server.requests.append(f"LIST {name}")
        repository = self.server.repositories.get(name)
        if repository is None or repository.private and not self.may():
            return self.send(
                401 if repository else 404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"}
            )
        files = repository.commits.get(repository.head, {})
        siblings = [
            {"rfilename": path, "size": self.server.lies.get(path, len(content)), "blobId": "0" * 40}
            for path, content in files.items()
        ]
        return self.send(200, {"id": name, "sha": repository.head, "siblings": siblings, "private": repository.private})

    def served(self, *, body):
        path = unquote(urlsplit(self.path).path)
        first = int(re.fullmatch(r"bytes=(\d+)-\d*", self.headers.get("Range", "bytes=0-"))[1])
        self.server.requests.append(f"{self.command} {path} from {first}")
        found = re.fullmatch(r"/([^/]+/[^/]+)/resolve/(\w+)/(.+)", path)
        repository = self.server.repositories.get(found[1]) if found else None
        if repository is None or repository.private and not self.may():
            return self.send(401, {}, {"X-Error-Code": "RepoNotFound"})
        content = repository.commits.get(found[2], self.server.files(found[1])).get(found[3])
        if content is None:
            return self.send(404, {}, {"X-Error-Code": "EntryNotFound"})
        etag = hashlib.sha256(content).hexdigest()
        sent = content + b"!" * self.server.longer.get(found[3], 0)
        self.send_response(206 if first else 200)
        self.send_header("X-Repo-Commit", repository.head)
        self.send_header("ETag", f'"{etag}"')
        self.send_header("Accept-Ranges", "bytes")
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(sent) - 1}/{len(sent)}")
        self.send_header("Content-Length", str(len(sent if body else content) - first))
        self.end_headers()
        if not body:
            return None
        cut, self.server.cut = self.server.cut, None
        if cut is not None and len(sent) > cut:
            self.wfile.write(sent[first : first + cut])
            self.close_connection = True
            return self.connection.close()
        self.server.cut = cut
        return self.wfile.write(sent[first:])

    def may(self):
        return self.headers.get("Authorization") == f"Bearer {self.server.token}"

    def content(self):
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def send(self, status, answer, headers=()):
        content = json.dumps(answer).encode()
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Says nothing."""


def large(path):
    return path.endswith((".safetensors", ".gz"))
