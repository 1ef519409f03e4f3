"""A real SMTP server for the tests of mail. Prints "READY PORT", and works until its input ends.

Mail goes into DIR as N.eml, and what the client said of it as N.json. Files in DIR steer it: "rcpt" and "data" hold answers
(e.g. "451 later"), one a line, that are given instead of 250, each once; "refuse" holds recipients that are refused for good;
while "hang" exists, nothing is answered after DATA.
"""
import argparse
import asyncio
import json
import os
import ssl
import sys

from aiosmtpd.smtp import AuthResult, SMTP

options = argparse.ArgumentParser()
options.add_argument("dir")
options.add_argument("--certificate")
options.add_argument("--key")
options.add_argument("--implicit", action="store_true")
options.add_argument("--user")
options.add_argument("--password")
options.add_argument("--port", type=int, default=0)
arguments = options.parse_args()


def path(name):
    return os.path.join(arguments.dir, name)


def lines(name):
    try:
        with open(path(name), encoding="ascii") as file:
            return file.read().split("\n")
    except FileNotFoundError:
        return []


def next_answer(name):
    answers = [line for line in lines(name) if line]
    if not answers:
        return None
    with open(path(name), "w", encoding="ascii") as file:
        file.write("\n".join(answers[1:]))
    return answers[0]


class Handler:
    count = 0

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        if address in lines("refuse"):
            return "550 5.1.1 nobody of that name lives here"
        answer = next_answer("rcpt")
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        while os.path.exists(path("hang")):
            await asyncio.sleep(0.05)
        answer = next_answer("data")
        if answer:
            return answer
        Handler.count += 1
        name = path(str(Handler.count))
        with open(name + ".json", "w", encoding="utf-8") as file:
            json.dump({"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": server.transport.get_extra_info("ssl_object") is not None,
                       "user": session.auth_data and session.auth_data.login.decode()}, file)
        with open(name + ".part", "wb") as file:
            file.write(envelope.original_content)
        os.rename(name + ".part", name + ".eml")
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    right = (data.login.decode(), data.password.decode()) == (arguments.user, arguments.password)
    return AuthResult(success=right, handled=right, auth_data=data)


tls = None
if arguments.certificate:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(arguments.certificate, arguments.key)


def protocol():
    return SMTP(
        Handler(),
        hostname="localhost",
        tls_context=None if arguments.implicit else tls,
        require_starttls=tls is not None and not arguments.implicit,
        authenticator=authenticate if arguments.user else None,
        auth_required=arguments.user is not None,
        auth_require_tls=tls is not None and not arguments.implicit)


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", arguments.port, ssl=tls if arguments.implicit else None)
    print("READY", server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


asyncio.run(serve())
