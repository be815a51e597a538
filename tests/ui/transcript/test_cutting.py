"""Some leaves of a message, as the blocks they came from."""

from collections.abc import Iterable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pizzagpt_desktop.domain.blocks import Block, visible_text
from pizzagpt_desktop.domain.inspection import inspection_of
from pizzagpt_desktop.domain.markdown import inspect, parse
from pizzagpt_desktop.domain.markdown_writer import markdown_of
from pizzagpt_desktop.domain.parts import whole
from pizzagpt_desktop.ui.transcript.cutting import cut
from pizzagpt_desktop.ui.transcript.leaves import Leaf, flatten
from tests.domain.test_writers import blocks_of_all_kinds


@given(blocks_of_all_kinds, st.data())
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_leaves_are_cut_out_of_the_blocks_they_came_from(
    blocks: tuple[Block, ...], data: st.DataObject
) -> None:
    leaves = flatten(blocks)
    assert cut(blocks, {}) == ()
    everything = cut(blocks, {index: leaf.content for index, leaf in enumerate(leaves)})
    assert flatten(everything) == leaves
    first = data.draw(st.integers(0, len(leaves) - 1))
    last = data.draw(st.integers(first, len(leaves) - 1))
    part = cut(blocks, {index: leaves[index].content for index in range(first, last + 1)})
    assert _words(part) == _words([leaf.content for leaf in leaves[first : last + 1] if _says(leaf)])
    assert inspect(markdown_of(part)).visible == inspection_of(whole(part)).visible


def test_what_is_cut_out_of_an_item_has_no_box_of_its_own() -> None:
    blocks = parse("3. [x] done\n\n   more\n4. [ ] open\n")
    leaves = [leaf.content for leaf in flatten(blocks)]
    assert markdown_of(cut(blocks, {1: leaves[1], 2: leaves[2]})) == "3. more\n\n4. [ ] open"
    assert markdown_of(cut(blocks, {1: leaves[1]})) == "more"
    assert markdown_of(cut(blocks, {2: leaves[2]})) == "4. [ ] open"


def _words(blocks: Iterable[Block]) -> str:
    return "".join(visible_text(blocks).split())


def _says(leaf: Leaf) -> bool:
    """Whether it is not only the name that a footnote shows where there is no room in the margin."""
    runs = getattr(leaf.content, "runs", ())
    return not (len(runs) == 1 and runs[0].note and runs[0].text == f"[{runs[0].note}]")
