import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from docclean.documents.xmp import NAMESPACE, new_packet, receipt_in, with_receipt

texts = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1)
SCHEMA = "{http://www.aiim.org/pdfa/ns/schema#}namespaceURI"
TITLED = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<r:Description r:about="uuid:1" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><r:Alt>
<r:li xml:lang="x-default">Title</r:li></r:Alt></dc:title></r:Description>
%s</r:RDF></x:xmpmeta><?xpacket end="w"?>   """
FACTUR_X = b"""<r:Description r:about="uuid:1" xmlns:e="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:s="http://www.aiim.org/pdfa/ns/schema#"><e:schemas><r:Bag><r:li r:parseType="Resource">
<s:namespaceURI>urn:other#</s:namespaceURI></r:li></r:Bag></e:schemas></r:Description>"""


@given(texts)
def test_new_packet_gives_the_text_back(text: str) -> None:
    assert receipt_in(new_packet(text)) == text


@given(texts, texts, st.booleans())
def test_packet_keeps_the_rest_and_an_older_receipt_is_replaced(first: str, second: str, is_pdfa: bool) -> None:
    once = with_receipt(TITLED % b"", first, is_pdfa=is_pdfa)
    assert once is not None
    twice = with_receipt(once, second, is_pdfa=is_pdfa)
    assert twice is not None
    assert receipt_in(twice) == second
    assert b">Title<" in twice
    assert twice.count(b":receipt>") == 2  # opened and closed
    assert is_pdfa or twice == with_receipt(TITLED % b"", second, is_pdfa=False)


def test_receipt_as_an_attribute_is_found_and_replaced() -> None:
    attribute = f'<r:Description r:about="uuid:1" xmlns:d="{NAMESPACE}" d:receipt="old"/>'.encode()
    packet = TITLED % attribute
    assert receipt_in(packet) == "old"
    changed = with_receipt(packet, "new", is_pdfa=False)
    assert changed is not None
    assert receipt_in(changed) == "new"
    assert b"old" not in changed


@pytest.mark.parametrize(("others", "schemas"), [(b"", [NAMESPACE]), (FACTUR_X, ["urn:other#", NAMESPACE])])
def test_pdfa_packet_describes_the_property_once(others: bytes, schemas: list[str]) -> None:
    packet = with_receipt(TITLED % others, "a", is_pdfa=True)
    assert packet is not None
    again = with_receipt(packet, "b", is_pdfa=True)
    assert again is not None
    root = etree.fromstring(again)
    assert [each.text for each in root.iter(SCHEMA)] == schemas
    assert len(list(root.iter("{http://www.aiim.org/pdfa/ns/extension/}schemas"))) == 1


@pytest.mark.parametrize("packet", [b"", b"no xml", b"<a/>", TITLED[:200], b"\xff\xfe<"])
def test_packet_that_cannot_be_understood_is_left_alone(packet: bytes) -> None:
    assert with_receipt(packet, "a", is_pdfa=False) is None
    assert receipt_in(packet) == ""


def test_entities_are_not_expanded() -> None:
    bomb = f'<!DOCTYPE a [<!ENTITY e "boom"><!ENTITY f SYSTEM "file:///etc/passwd">]><a xmlns:d="{NAMESPACE}">'
    assert receipt_in(f"{bomb}<d:receipt>&e;&f;</d:receipt></a>".encode()) == ""
