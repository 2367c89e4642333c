"""A receipt in an XMP packet, which most formats have room for.

Source:
    XMP specification, part 1 (ISO 16684-1), section 7 (serialization); part 3 (places in files).
"""

from typing import Any
from xml.sax.saxutils import escape

NAMESPACE = "http://ns.docclean.invalid/receipt/1.0/"
"""Nobody can own this name (RFC 2606), and no program has to look there."""

_PREFIX, _PROPERTY = "docclean", "receipt"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_EXTENSION = "http://www.aiim.org/pdfa/ns/extension/"
_SCHEMA = "http://www.aiim.org/pdfa/ns/schema#"
_FIELD = "http://www.aiim.org/pdfa/ns/property#"
_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
_END = '<?xpacket end="w"?>'

_DESCRIBED = f"""<rdf:li xmlns:rdf="{_RDF}" xmlns:pdfaSchema="{_SCHEMA}" xmlns:pdfaProperty="{_FIELD}" \
rdf:parseType="Resource">
<pdfaSchema:schema>docclean receipt</pdfaSchema:schema>
<pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>{_PREFIX}</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>{_PROPERTY}</pdfaProperty:name>
<pdfaProperty:valueType>Text</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>How this file was made, as JSON</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li>"""


def new_packet(text: str) -> bytes:
    """Make a packet that holds a receipt and nothing else.

    Args:
        text: The receipt, printable ASCII.
    """
    return (
        f'{_BEGIN}<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">'
        f'<rdf:Description rdf:about="" xmlns:{_PREFIX}="{NAMESPACE}"><{_PREFIX}:{_PROPERTY}>{escape(text)}'
        f"</{_PREFIX}:{_PROPERTY}></rdf:Description></rdf:RDF></x:xmpmeta>{_END}"
    ).encode()


def with_receipt(packet: bytes, text: str, *, is_pdfa: bool) -> bytes | None:
    """Put a receipt into a packet; an older one is replaced, and all else stays.

    Args:
        packet: The packet.
        text: The receipt, printable ASCII.
        is_pdfa: Whether the packet has to describe what is not in PDF/A's own list.

    Returns:
        The packet; None where it cannot be understood.

    Source:
        ISO 19005-1, section 6.7.8 (extension schemas).
    """
    from lxml import etree  # noqa: PLC0415 - only who writes PDF needs it

    root = _parsed(packet)
    rdf = None if root is None else next(root.iter(f"{{{_RDF}}}RDF"), None)
    if root is None or rdf is None:
        return None
    _remove_receipts(rdf)
    about = next((each.get(f"{{{_RDF}}}about", "") for each in rdf.iter(f"{{{_RDF}}}Description")), "")
    description = etree.SubElement(rdf, f"{{{_RDF}}}Description", nsmap={_PREFIX: NAMESPACE})
    description.set(f"{{{_RDF}}}about", about)
    etree.SubElement(description, _name(_PROPERTY)).text = text
    if is_pdfa:
        _describe(rdf, about)
    content: bytes = etree.tostring(root, encoding="UTF-8")
    return _BEGIN.encode() + b"\n" + content + b"\n" + _END.encode()


def receipt_in(packet: bytes) -> str:
    """Find the receipt in a packet; empty where there is none."""
    if NAMESPACE.encode() not in packet and NAMESPACE.encode("utf-16-le") not in packet:
        return ""
    root = _parsed(packet)
    for element in () if root is None else root.iter():
        if element.tag == _name(_PROPERTY):
            return str(element.text or "")
        value = element.get(_name(_PROPERTY))
        if value:
            return str(value)
    return ""


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


def _parsed(packet: bytes) -> Any:  # noqa: ANN401 - lxml brings no types
    """Parse a packet without what surrounds it; nothing that it names is fetched or expanded."""
    from lxml import etree  # noqa: PLC0415 - only who writes PDF needs it

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True)
    try:
        return etree.fromstring(packet.strip(b" \t\r\n\0"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _remove_receipts(rdf: Any) -> None:  # noqa: ANN401 - lxml brings no types
    for element in list(rdf.iter(_name(_PROPERTY))):
        parent = element.getparent()
        parent.remove(element)
        if len(parent) == 0 and parent.get(f"{{{_RDF}}}about") is not None and len(parent.attrib) == 1:
            parent.getparent().remove(parent)
    for element in rdf.iter():
        element.attrib.pop(_name(_PROPERTY), None)


def _describe(rdf: Any, about: str) -> None:  # noqa: ANN401 - lxml brings no types
    """Say what the property is, once; other descriptions stay."""
    from lxml import etree  # noqa: PLC0415 - only who writes PDF needs it

    if any((each.text or "").strip() == NAMESPACE for each in rdf.iter(f"{{{_SCHEMA}}}namespaceURI")):
        return
    bags = (schemas.find(f"{{{_RDF}}}Bag") for schemas in rdf.iter(f"{{{_EXTENSION}}}schemas"))
    bag = next((bag for bag in bags if bag is not None), None)
    if bag is None:
        description = etree.SubElement(rdf, f"{{{_RDF}}}Description", nsmap={"pdfaExtension": _EXTENSION})
        description.set(f"{{{_RDF}}}about", about)
        schemas = etree.SubElement(description, f"{{{_EXTENSION}}}schemas")
        bag = etree.SubElement(schemas, f"{{{_RDF}}}Bag")
    bag.append(etree.fromstring(_DESCRIBED))
