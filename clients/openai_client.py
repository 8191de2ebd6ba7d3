"""OpenAI's client for Python against Overmind's OpenAI-compatible interface: a workflow is a model."""

import os

from openai import AuthenticationError, NotFoundError, OpenAI

base_url = os.environ["OVERMIND_URL"] + "/v1"
client = OpenAI(base_url=base_url, api_key=os.environ["OVERMIND_API_KEY"], max_retries=0, timeout=120)
question = {"role": "user", "content": "How do I improve team productivity?"}


def ok(what):
    print(f"  ok  {what}")


def show(text):
    print(f"      {text.strip().splitlines()[0][:90]}")


def stored_answer(run_id):
    """What the REST interface says that run answered."""
    run = client.get(f"/runs/{run_id}", cast_to=object)
    assert run["status"] == "completed", run
    return client.get(f"/messages/{run['answer_id']}", cast_to=object)["content"]


models = {model.id for model in client.models.list()}
assert {"overmind", "balanced", "quick"} <= models, models
ok(f"models: {', '.join(sorted(models))}")

reply = client.chat.completions.with_raw_response.create(model="quick", messages=[question])
completion = reply.parse()
(choice,) = completion.choices
assert completion.object == "chat.completion" and completion.model == "quick", completion
assert choice.message.role == "assistant" and choice.finish_reason == "stop", choice
assert choice.message.content == stored_answer(reply.headers["x-overmind-run-id"])
usage = completion.usage
assert usage.prompt_tokens > 0 and usage.completion_tokens > 0, usage
assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, usage
ok("a completion is the answer of the run that x-overmind-run-id names, with its tokens")

reply = client.chat.completions.with_raw_response.create(
    model="overmind", messages=[question], stream=True, stream_options={"include_usage": True}
)
*chunks, counted = reply.parse()
assert {chunk.object for chunk in [*chunks, counted]} == {"chat.completion.chunk"}
assert len({chunk.id for chunk in [*chunks, counted]}) == 1
assert chunks[0].choices[0].delta.role == "assistant", chunks[0]
pieces = [chunk.choices[0].delta.content or "" for chunk in chunks]
for line in "".join(pieces).splitlines():
    if line:
        show(line)
assert "".join(pieces) == stored_answer(reply.headers["x-overmind-run-id"])
reasons = [chunk.choices[0].finish_reason for chunk in chunks]
assert reasons == [None] * (len(chunks) - 1) + ["stop"], reasons
assert not any(getattr(chunk.choices[0].delta, "reasoning_content", None) for chunk in chunks)
ok(f"{sum(map(bool, pieces))} pieces of a stream are the answer of its run")

assert counted.choices == [] and counted.usage.total_tokens > 0, counted
assert not any(chunk.usage for chunk in chunks)
show(f"{counted.usage.prompt_tokens} tokens read, {counted.usage.completion_tokens} written")
ok("with include_usage the last chunk counts the tokens, and no other does")

reasoning, answer = "", ""
for chunk in client.chat.completions.create(
    model="balanced", messages=[question], stream=True, extra_body={"overmind": {"reasoning": True}}
):
    assert chunk.usage is None, chunk
    delta = chunk.choices[0].delta
    thought = getattr(delta, "reasoning_content", None) or ""
    assert not (thought and answer), "what the agents think comes before the answer"
    reasoning += thought
    answer += delta.content or ""
assert reasoning and answer
show(f"Reasoning: {reasoning}")
ok("with overmind.reasoning the deliberation comes as reasoning_content, before the answer")

earlier = [
    {"role": "user", "content": "We are nine people in three time zones."},
    {"role": "assistant", "content": "Then write more and meet less."},
]
reply = client.chat.completions.with_raw_response.create(model="quick", messages=[*earlier, question])
assert reply.parse().choices[0].message.content
steps = client.get(f"/runs/{reply.headers['x-overmind-run-id']}/steps", cast_to=object)["items"]
prompts = [step["prompt"] for step in steps]
for turn in [*earlier, question]:
    assert any(turn["content"] in prompt for prompt in prompts), turn
ok("earlier messages are in the prompts")

for refused, call in [
    (AuthenticationError, lambda: client.with_options(api_key="ovm_wrong").models.list()),
    (
        AuthenticationError,
        lambda: client.with_options(api_key="ovm_wrong").chat.completions.create(
            model="quick", messages=[question]
        ),
    ),
    (NotFoundError, lambda: client.chat.completions.create(model="gpt-4", messages=[question])),
    (
        NotFoundError,
        lambda: client.chat.completions.create(model="gpt-4", messages=[question], stream=True),
    ),
]:
    try:
        call()
    except refused as error:
        assert error.body["message"], error.body
        show(f"{refused.__name__}: {error.body['message']}")
    else:
        raise AssertionError(f"no {refused.__name__}")
ok("a wrong key and an unknown model are refused with the client's own exceptions")
