"""Token classification, such as named entities: the spans of a text that carry a label."""
