"""Whatever an event and its body hold, the answer is a documented one: no exception, no fault, no text of the body."""

import base64
import gzip
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from router.handler import handle
from shared.contract import Model
from shared.errors import Error
from tests.rerank.fakes import CountingNetwork, reranker
from tests.router.world import EMBEDDINGS, QA, FakeContext, Function, World, embed, event, first_word, reply, served
from tests.text_classification.fakes import Counting, classifier
from tests.token_classification.fakes import model as recogniser

RUNS = 1_000
CANARY = "kanary7391"


def asked(model: Model) -> Function:
    """Return a model as the router asks it."""

    def invoke(payload: bytes) -> bytes:
        try:
            inference = model.infer(json.loads(payload)["request"])
        except Error as error:
            refusal = {"error": error.to_payload(), "meta": {"cold": False, "sandbox": "s1", "ms": {}}}
            return json.dumps(refusal).encode()
        return reply(inference.result, tokens=inference.tokens)

    return invoke


def pinged(function: Function) -> Function:
    """Return a model that answers pings, too."""
    return lambda payload: reply({}) if "ping" in json.loads(payload) else function(payload)


FUNCTIONS = {
    "qa": first_word,
    "embeddings": embed,
    "rerank": asked(reranker(CountingNetwork())),
    "classify": asked(classifier(Counting())),
    "ner": asked(recogniser({}, words=("Ada", "London"))[0]),
}
WORLD = World(
    {name: pinged(function) for name, function in FUNCTIONS.items()},
    QA,
    EMBEDDINGS,
    served("rerank", "rerank"),
    served("classify", "text_classification"),
    served("ner", "token_classification"),
)
ROUTES = [route for route in WORLD.app.routes if route.endpoints]
PATHS = [route.path.replace("{id}", "qa") for route in WORLD.app.routes]
FIELDS = sorted({name for route in ROUTES for endpoint in route.endpoints for name in endpoint.body.model_fields})

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=20)
    | st.sampled_from(["", " ", CANARY, "\ud800", "\x00", "x" * 5_000, 10**400, -1, 1e308, 2**63])
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*FIELDS, CANARY]), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, Any]:
    """Draw a path and what a format of it has for an example, with some fields changed, added or left out."""
    route = draw(st.sampled_from(ROUTES))
    body = draw(st.sampled_from(route.endpoints)).body
    changed = {
        **body.example,
        **draw(st.dictionaries(st.sampled_from([*body.model_fields, *FIELDS]), values, max_size=3)),
    }
    kept = draw(st.lists(st.sampled_from(sorted(changed)), min_size=len(changed) - 1, unique=True))
    return route.path.replace("{id}", "qa"), {name: changed[name] for name in kept}


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the event of a POST, its body as JSON, as base64, compressed or cut short."""
    path, body = draw(bodies() | st.tuples(st.sampled_from(PATHS), values))
    sent = event("http_api_post")
    sent["rawPath"] = path
    text = json.dumps(body, ensure_ascii=draw(st.booleans()))
    form = draw(st.sampled_from(["text", "text", "text", "base64", "gzip", "cut", "not gzip"]))
    raw = text.encode("utf-8", "surrogatepass")
    if form in ("base64", "gzip", "not gzip"):
        sent["isBase64Encoded"] = True
        text = base64.b64encode(gzip.compress(raw) if form == "gzip" else raw).decode()
        sent["headers"] |= {} if form == "base64" else {"content-encoding": "gzip"}
    sent["body"] = text[: len(text) // 2] if form == "cut" else text
    return sent


@st.composite
def events(draw: st.DrawFn) -> Any:
    """Draw an event of the gateway's with some values of any kind, down to the request context's own."""
    sent = event("http_api_post")
    context = sent["requestContext"]
    for part in (context["http"], context, sent):
        part |= draw(st.dictionaries(st.sampled_from(sorted(part)), values, max_size=2))
    return draw(st.just(sent) | values)


def answered(sent: Any) -> tuple[int, str]:
    """Return the status and the text of an answer, which the runtime client must be able to write."""
    response = handle(WORLD.app, sent, FakeContext())
    json.dumps(response, ensure_ascii=False).encode()
    status, text = response["statusCode"], response["body"]
    return status, gzip.decompress(base64.b64decode(text)).decode() if response["isBase64Encoded"] else text


@given(requests())
@settings(max_examples=RUNS)
def test_any_body_gets_an_answer_or_says_what_is_wrong(sent: dict[str, Any]) -> None:
    status, text = answered(sent)
    assert status < 500
    assert status == 200 or "error" in json.loads(text)
    assert status == 200 or CANARY not in text


@given(events())
@settings(max_examples=RUNS)
def test_any_event_gets_an_answer(sent: Any) -> None:
    if isinstance(sent, dict) and "warmup" in sent:
        return
    status, _ = answered(sent)
    assert status < 500 or status == 504  # a request that the gateway took long ago is past its deadline


@given(values | st.fixed_dictionaries({"concurrency": values | st.dictionaries(st.sampled_from([*FUNCTIONS]), values)}))
@settings(max_examples=RUNS // 5)
def test_any_warm_up_is_a_summary(wanted: Any) -> None:
    summary = handle(WORLD.app, {"warmup": wanted}, FakeContext())
    assert set(json.loads(json.dumps(summary))["warm"]) <= FUNCTIONS.keys()
