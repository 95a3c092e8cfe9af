from __future__ import annotations

import asyncio
from typing import Any

import pytest

from abilities.keys import TypedKeys
from pipeline.call import Call
from pipeline.chain import Chain
from pipeline.frames import Dtmf, SpeechStarted, SpeechStopped, Transcript
from pipeline.loop.virtual import run_virtual
from pipeline.phone.virtual_line import CALL_SID, NoWire
from pipeline.processor import Processor
from pipeline.tool import Result, ToolRefused, View
from processors.keys import KeyEntries


def used(*inputs: Any, steps: tuple[Processor, ...] | None = None, **settings: Any) -> tuple[Result, Call]:
    """The result of a use in a call in which these frames come; a number is a wait, a text is typed."""
    return run_virtual(_used(inputs, (KeyEntries(),) if steps is None else steps, settings))


async def _used(inputs: tuple[Any, ...], steps: tuple[Processor, ...], settings: Any) -> tuple[Result, Call]:
    loop = asyncio.get_running_loop()
    call = Call(CALL_SID, NoWire(), loop)
    chain = Chain(steps, call, loop)
    [tool] = TypedKeys.offered(TypedKeys.Settings(**settings), None, "keys")
    use = asyncio.create_task(tool.use({}, View(call, "", 0.0)))
    try:
        for it in inputs:
            if isinstance(it, str):
                for key in it:
                    await asyncio.sleep(0.2)
                    chain.put(Dtmf(call.keypad.press(key)))
            elif isinstance(it, float):
                await asyncio.sleep(it)
            elif it is None:
                use.cancel()
            else:
                chain.put(it)
        return await use, call
    finally:
        await asyncio.wait([use])
        chain.close("stop")


def test_the_digits_are_the_result() -> None:
    """And a fact, by the name of the tool or by one of their own."""
    assert used("1234#")[0] == Result({"digits": "1234"}, facts={"keys": "1234"})
    assert used("1234#", digits=2, save="id")[0] == Result({"digits": "12"}, facts={"id": "12"})


@pytest.mark.fault("K4")
def test_of_a_secret_the_model_knows_the_length() -> None:
    """Other tools get the digits by their name."""
    result, call = used("123456789", secret=True, digits=9, save="id_number")
    assert result == Result({"entered": "id_number", "digits": 9})
    assert View(call, "", 0.0).secrets == {"id_number": "123456789"} and b"1234" not in call.memory.encode()


def test_no_voice_of_the_caller_ends_the_wait() -> None:
    """They may ask a question first."""
    spoken = [SpeechStarted(1, 1.0), 1.0, SpeechStopped(1, 2.0), Transcript(1, "Which one?"), 5.0]
    assert used(2.0, *spoken, "1", SpeechStarted(3, 9.0), "2#")[0].data == {"digits": "12"}


@pytest.mark.fault("K3")
def test_who_types_nothing_is_told_of() -> None:
    """Once they were asked twice: 8 s each."""
    result, call = used(say=["Please type."])
    assert result.data["digits"] == "" and not result.facts and call.loop.time() - call.started == pytest.approx(16.0)


def test_without_a_step_for_keys_nobody_waits() -> None:
    """It is refused at once, as is a second entry beside one."""
    with pytest.raises(ToolRefused, match="no keys"):
        used(steps=())


def test_a_use_that_is_given_up_takes_no_keys() -> None:
    """They are the model's again."""
    with pytest.raises(asyncio.CancelledError):
        used(0.1, None, "1")


def test_a_second_entry_is_refused() -> None:
    """While the first is waited for."""

    async def two() -> None:
        loop = asyncio.get_running_loop()
        call = Call(CALL_SID, NoWire(), loop)
        chain = Chain((KeyEntries(),), call, loop)
        first = asyncio.create_task(View(call, "", 0.0).collect(1))
        await asyncio.sleep(0)
        with pytest.raises(ToolRefused, match="another entry"):
            await View(call, "", 0.0).collect(1)
        chain.put(Dtmf("7"))
        assert (await first).digits == "7"
        chain.close("stop")

    run_virtual(two())


def test_settings_that_make_no_sense_are_named() -> None:
    """A key that no phone has, a time that is too short, and no words that ask."""
    wrong = TypedKeys.Settings(end="E", first=60.0, timeout=100.0)
    assert [name for name, _ in wrong.faults()] == ["end", "timeout", "say"]
    assert not list(TypedKeys.Settings(say=["Type."]).faults())


def test_a_rehearsal_has_a_result_of_the_same_form() -> None:
    """Without digits."""
    [tool] = TypedKeys.offered(TypedKeys.Settings(digits=4), None, "keys")
    assert tool.rehearse({}).data == {"entered": "keys", "digits": 4} and not tool.is_effect
