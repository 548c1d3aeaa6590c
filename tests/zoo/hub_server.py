"""A hub on this machine alone: the endpoints huggingface_hub uses to fetch and to upload."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from http.server import BaseHTTPRequestHandler

from local_server import LocalServer

FIRST, SECOND = "a" * 40, "b" * 40


class HubServer(LocalServer):
    """Repositories by name: commits by hash, and what ``main`` points to.

    Attributes:
        commits: (repository, commit) -> files by path.
        main: Repository -> its newest commit.
        gated: Repositories that let in only who brings the token.
        asked: "METHOD path" of every request.
        token: What ``Authorization`` has to bring.
    """

    def __init__(self) -> None:
        self.commits: dict[tuple[str, str], dict[str, bytes]] = {}
        self.main: dict[str, str] = {}
        self.gated: set[str] = set()
        self.asked: list[str] = []
        self.token = "hf_secret"
        self.objects: dict[str, bytes] = {}

    def put(self, repo: str, files: dict[str, bytes], commit: str = FIRST) -> None:
        """Add a commit; ``main`` points to it from now on."""
        self.commits[repo, commit] = files
        self.main[repo] = commit

    def handler(self) -> type[BaseHTTPRequestHandler]:
        hub = self

        class Handler(_Handler):
            pass

        Handler.hub = hub
        return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: HubServer

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self._resolve()

    def do_GET(self) -> None:
        self._resolve()

    def do_POST(self) -> None:
        body = self._body()
        path = self.path.partition("?")[0]
        if not self._welcome():
            self._error(401, "", "Invalid token")
        elif path == "/api/repos/create":
            repo = (
                f"{body['organization']}/{body['name']}"
                if body.get("organization")
                else body["name"]
            )
            self.hub.put(repo, {}, SECOND)
            self._json({"url": f"{self.hub.address}/{repo}"})
        elif path == "/api/validate-yaml":
            self._json({"errors": [], "warnings": []})
        elif "/preupload/" in path:
            kinds = [
                {"path": f["path"], "uploadMode": _mode(f["path"]), "shouldIgnore": False}
                for f in body["files"]
            ]
            self._json({"files": kinds})
        elif path.endswith("/info/lfs/objects/batch"):
            upload = [
                {
                    "oid": o["oid"],
                    "size": o["size"],
                    "actions": {"upload": {"href": f"{self.hub.address}/lfs/{o['oid']}"}},
                }
                for o in body["objects"]
            ]
            self._json({"transfer": "basic", "objects": upload})
        elif "/commit/" in path:
            self._commit(path, body)
        else:
            self._error(404, "", f"no endpoint {path}")

    def do_PUT(self) -> None:
        data = self._raw()
        oid = self.path.rpartition("/")[2]
        assert hashlib.sha256(data).hexdigest() == oid
        self.hub.objects[oid] = data
        self._json({})

    def _commit(self, path: str, lines: list[dict]) -> None:
        repo = re.fullmatch(r"/api/models/([^/]+/[^/]+)/commit/\w+", path)[1]
        files: dict[str, bytes] = {}
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.objects[value["oid"]]
        self.hub.put(repo, files, FIRST)
        self._json(
            {
                "success": True,
                "commitOid": FIRST,
                "commitUrl": f"{self.hub.address}/{repo}/commit/{FIRST}",
                "hookOutput": "",
            }
        )

    def _resolve(self) -> None:
        self.hub.asked.append(f"{self.command} {self.path}")
        listed = re.fullmatch(r"/api/models/([^/]+/[^/]+)/tree/([^?]+)(?:\?.*)?", self.path)
        if listed:
            self._listing(*listed.groups())
            return
        found = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", self.path.partition("?")[0])
        if not found:
            self._error(404, "", f"no endpoint {self.path}")
            return
        repo, revision, name = found.groups()
        commit = self.hub.main.get(repo, "") if revision == "main" else revision
        if repo not in self.hub.main:
            self._error(404, "RepoNotFound", "Repository not found")
        elif repo in self.hub.gated and not self._welcome():
            self._error(403, "GatedRepo", "Access to it is restricted")
        elif (repo, commit) not in self.hub.commits:
            self._error(404, "RevisionNotFound", "Invalid rev id")
        elif name not in self.hub.commits[repo, commit]:
            self._error(404, "EntryNotFound", "Entry not found", commit)
        else:
            data = self.hub.commits[repo, commit][name]
            etag = hashlib.sha256(data).hexdigest()
            self._send(200, data, {"ETag": f'"{etag}"', "X-Repo-Commit": commit})

    def _listing(self, repo: str, revision: str) -> None:
        commit = self.hub.main.get(repo, "") if revision == "main" else revision
        if (repo, commit) not in self.hub.commits:
            self._error(404, "RepoNotFound", "Repository not found")
            return
        files = self.hub.commits[repo, commit]
        self._json(
            [
                {"type": "file", "path": name, "size": len(data), "oid": "0" * 40}
                for name, data in files.items()
            ]
        )

    def _welcome(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {self.hub.token}"

    def _raw(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _body(self):
        self.hub.asked.append(f"POST {self.path}")
        data = self._raw()
        if "ndjson" in self.headers.get("Content-Type", ""):
            return [json.loads(line) for line in data.splitlines()]
        return json.loads(data or b"{}")

    def _json(self, value: object) -> None:
        self._send(200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def _error(self, status: int, code: str, text: str, commit: str = "") -> None:
        headers = {"X-Error-Code": code, "X-Error-Message": text}
        self._send(status, b"{}", headers | ({"X-Repo-Commit": commit} if commit else {}))

    def _send(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if value:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)


def _mode(path: str) -> str:
    return "lfs" if path.endswith(".safetensors") else "regular"
