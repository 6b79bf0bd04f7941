"""SKOS: the taxonomy as a concept scheme, one scheme for each version, as Turtle and JSON-LD.

Causes and consequences are sub-properties of `skos:related`; a merged entry is deprecated and
replaced, a retracted one deprecated, so that what was once cited still resolves.
"""

from datetime import UTC, datetime
from typing import BinaryIO, Literal

from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, Graph, Namespace, URIRef
from rdflib import Literal as Text

from schemas.session import Bilingual
from schemas.taxonomy import EntryState, LinkKind
from server.domain.corpus import Corpus, Told

_LINKS = {
    LinkKind.CAUSES: "causes",
    LinkKind.LEADS_TO: "leadsTo",
    LinkKind.SOLVED_BY: "solvedBy",
}


def write(corpus: Corpus, origin: str, form: Literal["turtle", "json-ld"], out: BinaryIO) -> None:
    """Write the scheme. origin: what the addresses begin with."""
    out.write(graph(corpus, origin).serialize(format=form, encoding="utf-8"))


def graph(corpus: Corpus, origin: str) -> Graph:
    """Return the scheme as triples."""
    made = Graph()
    terms = Namespace(f"{origin}/terms#")
    made.bind("skos", SKOS)
    made.bind("dct", DCTERMS)
    made.bind("colloquy", terms)
    for name in _LINKS.values():
        made.add((terms[name], RDF.type, OWL.ObjectProperty))
        made.add((terms[name], RDFS.subPropertyOf, SKOS.related))
    version = corpus.versions[-1] if corpus.versions else None
    seq = corpus.events[-1].seq if corpus.events else 0
    scheme = URIRef(f"{origin}/studies/{corpus.study_id}/taxonomy#{seq}")
    made.add((scheme, RDF.type, SKOS.ConceptScheme))
    _say(made, scheme, SKOS.prefLabel, corpus.title)
    made.add((scheme, OWL.versionInfo, Text(version.name if version and version.seq == seq else str(seq))))  # fmt: skip
    made.add((scheme, DCTERMS.issued, _moment(corpus.made_at)))
    for told in corpus.entries:
        _add(made, told, scheme, origin)
    there = {told.entry.id for told in corpus.in_force}
    for link in corpus.links:
        if link.from_id in there and link.to_id in there:
            verb = terms[_LINKS[link.kind]] if link.kind in _LINKS else SKOS.related
            made.add((_entry(origin, link.from_id), verb, _entry(origin, link.to_id)))
    return made


def _add(made: Graph, told: Told, scheme: URIRef, origin: str) -> None:
    entry, concept = told.entry, _entry(origin, told.entry.id)
    made.add((concept, RDF.type, SKOS.Concept))
    made.add((concept, SKOS.inScheme, scheme))
    made.add((concept, SKOS.notation, Text(entry.kind.value)))
    _say(made, concept, SKOS.prefLabel, entry.label)
    _say(made, concept, SKOS.definition, entry.definition)
    if entry.scope_reason:
        made.add((concept, SKOS.scopeNote, Text(f"{entry.scope.value}: {entry.scope_reason}")))
    if entry.state is EntryState.ACTIVE:
        if entry.parent_id is None:
            made.add((concept, SKOS.topConceptOf, scheme))
            made.add((scheme, SKOS.hasTopConcept, concept))
        else:
            made.add((concept, SKOS.broader, _entry(origin, entry.parent_id)))
        return
    made.add((concept, OWL.deprecated, Text(True)))
    made.add((concept, SKOS.historyNote, Text(entry.state.value, lang="en")))
    if entry.merged_into is not None:
        made.add((concept, DCTERMS.isReplacedBy, _entry(origin, entry.merged_into)))


def _say(made: Graph, subject: URIRef, verb: URIRef, text: Bilingual) -> None:
    for language, words in (("en", text.en), ("zh-Hans", text.zh)):
        if words:
            made.add((subject, verb, Text(words, lang=language)))


def _entry(origin: str, entry_id: str) -> URIRef:
    return URIRef(f"{origin}/entries/{entry_id}")


def _moment(at: float) -> Text:
    return Text(datetime.fromtimestamp(at, UTC))
