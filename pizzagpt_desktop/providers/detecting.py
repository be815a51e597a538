"""Finds out what speaks at an address by a few harmless questions, sent without any key; keeps nothing.

What the answers mean is judged in `domain.detection`.
"""

from collections.abc import Iterable

from pizzagpt_desktop.domain.addresses import host_words
from pizzagpt_desktop.domain.detection import (
    Found,
    Seen,
    addresses,
    decide,
    first_questions,
    more_questions,
    named,
)
from pizzagpt_desktop.domain.faults import Fault, FaultKind
from pizzagpt_desktop.domain.presets import LOCAL_PORTS, preset_for
from pizzagpt_desktop.domain.proxy import ProxyMode, ProxySettings
from pizzagpt_desktop.network.decode import BODY_LIMIT
from pizzagpt_desktop.network.http import Limits, open_http
from pizzagpt_desktop.network.route import Proxy
from pizzagpt_desktop.network.tls import Terms
from pizzagpt_desktop.providers.answers import read_json
from pizzagpt_desktop.providers.http_provider import USER_AGENT
from pizzagpt_desktop.providers.pages import page_title, text_of
from pizzagpt_desktop.providers.sources import Sources

PATIENT = Limits(connect_s=10.0, first_byte_s=10.0, silence_s=10.0)
QUICK = Limits(connect_s=1.0, first_byte_s=3.0, silence_s=3.0)
STRAIGHT = ProxySettings(mode=ProxyMode.NONE)


async def detect(
    sources: Sources, text: str, proxy: ProxySettings, proxy_password: str | None = None
) -> Found:
    """The service at the address that was typed; raises Fault with words where none answers.

    One that is known by its host is not asked at all.
    """
    try:
        wanted = addresses(text)
    except ValueError as error:
        raise Fault(FaultKind.SETTINGS, str(error)) from None
    known = preset_for(wanted[-1])
    if known is not None and not known.is_local:
        # The host alone, or less than the whole address, is completed; any other path is kept.
        base = known.base_url if known.base_url.startswith(wanted[-1]) else wanted[-1]
        return Found(provider=known.provider, base_url=base, name=known.label, needs_key=known.needs_key)
    failure = Fault(FaultKind.SETTINGS, "Type the service's address.")
    told = False
    for base in wanted:
        try:
            found = await _at(sources, base, proxy, proxy_password, PATIENT)
        except Fault as fault:
            if not told:  # the first address is the likeliest; the words about it say most
                failure, told = fault, True
            continue
        if found is not None:
            return found
        told = True
        failure = Fault(
            FaultKind.NOT_THE_API,
            f"Something answers at {host_words(base)}, but none of the kinds of service that this program knows.",
            hint="Check the address, or add it by hand.",
        )
    raise failure


async def look_for_local_servers(sources: Sources, ports: Iterable[int] = LOCAL_PORTS) -> list[Found]:
    """The services that answer on this computer; asks nothing beyond it."""
    found = []
    for port in ports:
        try:
            one = await _at(sources, f"http://127.0.0.1:{port}", STRAIGHT, None, QUICK)
        except Fault:
            continue  # nothing there
        if one is not None:
            found.append(one)
    return found


async def _at(
    sources: Sources, base: str, proxy: ProxySettings, password: str | None, limits: Limits
) -> Found | None:
    url, way = sources.way_for(base, proxy, password)
    terms = sources.terms_of_none()
    seen: dict[str, Seen] = {}
    failure: Fault | None = None
    for question in first_questions(url):
        try:
            seen[question] = await _ask(question, way, limits, terms)
        except Fault as fault:
            if fault.kind in (FaultKind.NETWORK, FaultKind.PROXY, FaultKind.TLS, FaultKind.TIME_OUT):
                raise  # the others would end in the same way
            failure = fault
        if (found := decide(url, seen)) is not None and (found.models or found.provider == "ollama"):
            break
    found = decide(url, seen)
    if found is None:
        if not seen and failure is not None:
            raise failure
        return None
    more: dict[str, Seen] = {}
    for question in more_questions(found):
        try:
            more[question] = await _ask(question, way, limits, terms)
        except Fault:
            break  # a name is no reason to wait
    return named(found, more)


async def _ask(url: str, way: Proxy | None, limits: Limits, terms: Terms) -> Seen:
    headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
    async with open_http("GET", url, headers=headers, proxy=way, limits=limits, terms=terms) as answer:
        body = await answer.body(BODY_LIMIT, 3 * limits.silence_s)
        heads = {name.lower(): value for name, value in answer.headers.items()}
        status = answer.status
    try:
        value = read_json(body)
    except ValueError:
        value = page_title(text_of(body[:4096])) or None
    return Seen(status, heads, value)
