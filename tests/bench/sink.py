"""A mail server that takes every mail at once and keeps none: when, and for whom.  Plain, on loopback, in a thread."""

import asyncio
import re
import threading
import time


class Sink:
    """taken: (moment, recipients, subject) of each mail, the moment by time.monotonic() just before its 250."""

    def __init__(self):
        self.taken, self.port = [], None
        started = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(started)), daemon=True).start()
        started.wait()

    async def _serve(self, started):
        server = await asyncio.start_server(self._session, "127.0.0.1", 0, limit=1 << 27)
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        await server.serve_forever()

    async def _session(self, reader, writer):
        def say(text):
            writer.write(text.encode() + b"\r\n")
        recipients = []
        say("220 sink.test.example ESMTP")
        try:
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"EHLO":
                    say("250-sink.test.example\r\n250-AUTH PLAIN LOGIN\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-DSN\r\n250-SMTPUTF8\r\n"
                        "250 SIZE 200000000")
                elif verb == b"AUTH" and len(line.split()) > 2:
                    say("235 2.7.0 good")
                elif verb == b"AUTH":
                    say("334 ")
                    await reader.readline()
                    say("235 2.7.0 good")
                elif verb == b"RCPT":
                    recipients += re.findall(rb"<([^>]*)>", line)[:1]
                    say("250 2.1.5 fine")
                elif verb == b"DATA":
                    say("354 go on")
                    content = await reader.readuntil(b"\r\n.\r\n")
                    found = re.search(rb"(?im)^subject:[ ]*((?:.*)(?:\r\n[ \t].*)*)", content)
                    self.taken.append((time.monotonic(), [r.decode() for r in recipients],
                                       found.group(1).decode("utf-8", "replace") if found else ""))
                    say("250 2.0.0 taken")
                    recipients = []
                elif verb == b"QUIT":
                    say("221 2.0.0 bye")
                    break
                else:
                    say("250 2.0.0 fine")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
