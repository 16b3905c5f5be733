"""How a page asks for the entities of a text, and colours them in it."""

from shared.display import Display

DISPLAY = Display(
    verb="extract",
    button="Find names",
    title="Find names in a text",
    about="The model marks persons, places and whatever else it was trained to find.",
    kind="spans",
    fields={"text": "Text"},
    of="text",
    found="entities",
    label="entity_group",
    nothing="The model found nothing in this text.",
    options={"aggregation_strategy": "How tokens become words"},
)
