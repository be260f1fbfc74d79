#!/usr/bin/env python3
"""Serves one page with links, and its health. Arguments: port, file with title and links (JSON)."""

import html
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

with open(sys.argv[2], encoding="utf-8") as file:
    page = json.load(file)


class Portal(BaseHTTPRequestHandler):
    """Answers /health, /links (JSON) and everything else with the page."""

    def do_GET(self):
        """Answers one request."""
        if self.path == "/health":
            self.answer("text/plain", "ok")
        elif self.path == "/links":
            self.answer("application/json", json.dumps(page["links"]))
        else:
            links = "".join(
                f'<li><a href="{html.escape(link["url"])}">{html.escape(link["name"])}</a></li>'
                for link in page["links"]
            )
            title = html.escape(page["title"])
            self.answer("text/html", f"<!doctype html><title>{title}</title><h1>{title}</h1><ul>{links}</ul>")

    def answer(self, kind, text):
        """Sends `text` with status 200."""
        body = text.encode("utf-8")
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("", int(sys.argv[1])), Portal).serve_forever()
