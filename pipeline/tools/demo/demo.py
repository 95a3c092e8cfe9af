"""`demo`: place one call to an agent started from a config, show it as it happens, and go on serving."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from loguru import logger

from pipeline.config import load
from pipeline.console.opening import console
from pipeline.environment.variables import process_environment
from pipeline.faults import UsageError, printable
from pipeline.installation import command
from pipeline.server.address import HERE, Address
from pipeline.server.app import Server, running, wait_for_stop
from pipeline.server.options import Options, port_of
from pipeline.text.fixed import example
from pipeline.tools.call.dial import agent_config, caller_actions, dial, hearing_advice, report, served
from pipeline.tools.call.hearing import heard
from pipeline.tools.call.live import Live
from pipeline.tools.demo.options import DemoOptions


async def demo(options: DemoOptions) -> int:
    """Place the call, then serve until SIGINT or SIGTERM; a failed call ends the demo. Return the exit code.

    Raises UsageError without a config.
    """
    config = agent_config(options.target, options.changes)
    if config is None:
        raise UsageError("demo what? name a config, e.g. kav:demo")
    actions = caller_actions(options, config)
    live = Live(advice=hearing_advice(options, config, actions))
    loaders = () if options.stand_ins else (partial(load, options.target, set=options.changes),)
    port = port_of(process_environment()) if options.port is None else options.port
    here = Options(port=port, admin=Address(HERE, 0), rehearsal=True, acts=options.really)
    serving = partial(running, options=here, watch=live.agent, loaders=loaders, console=console(options.console))
    async with served(config, options.stand_ins, actions) as ready, serving([ready]) as server:
        if server.console_url:
            logger.info("CONSOLE {}", server.console_url)
        result = await dial(options, config, server.url, actions)
        await server.registry.idle()  # the last events of the call belong to its verdict
        code = report(options, result, live, config)
        if code:
            return code
        question = "" if options.stand_ins else example(config.language).question
        return await wait_for_stop(server, partial(_invite, server, options.target, question, heard(config)))


class Addresses(Protocol):
    """The addresses of a server."""

    url: str
    admin_url: str
    console_url: str


def _invite(server: Server, target: str, question: str, hears: str) -> None:
    print(f"\n{invitation(server, target, question)}", flush=True)
    if hears:
        print(f"Of your own words, {printable(hears)}", flush=True)


def invitation(server: Addresses, target: str, question: str) -> str:
    """Return the text that says how to go on; a blank question is for stand-ins, which hear the demo's words alone."""
    url = server.url
    browser = f"\n  in a browser:     {server.console_url}" if server.console_url else ""
    own = f'{command("call")} {url} --say "{question}"' if question else "need accounts: stand-ins hear the demo's"
    return f"""\
The agent goes on serving {target} at {url}. Ctrl-C ends it.{browser}
  another call:     {command("call")} {url}
  your own words:   {own}
  its metrics:      {server.admin_url}/metrics
  a Twilio number:  make this port public over https, set PUBLIC_BASE_URL to that address and TWILIO_AUTH_TOKEN to
                    your token, run `{command("serve")} {target}`, and in the Twilio console set the number's
                    "A call comes in" webhook to POST $PUBLIC_BASE_URL/webhook/incoming_call"""
