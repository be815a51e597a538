"""What dollar signs mean: formulas as models write them, and prices, variables and names, which stay as they are."""

import pytest

from pizzagpt_desktop.domain.blocks import Math, runs_of, visible_text
from pizzagpt_desktop.domain.markdown import parse

MONEY = """
$5 and $6
It costs $5, not $6.
Between $100-200 a night, or $100-$200
between $100–$200, $5~$10, $5..$6, $5…$6
$1,000 to $2,000, then $1'000 or $2'000
$5/$6, or $5 / $6, or 5$/6$
$5/month or $50/year
US$5 and A$6, US$5-US$6, NT$100, R$10
5$ and 6$
cost 5$, or 6$.
between 5$ and 10$ each
I had $20, and they cost 5$.
I have $20
you have 30$
I paid $5 (not $6), that is ($5)-($6)
"$5" or "$6"
$5. Then $6. $5; $6! $5?! $6?!
$5.00 + $6.00 = $11.00
$5+$6=$11
($5+$6)*2
$20 - $5 = $15, from -$5 to +$5
$5k to $10k, $5M–$10M, $1.2B vs. $3.4B
**$5** and **$6**, *$5*/*$6*
<$5 or >$10
$5 x 3 = $15, $5*3 = $15
$3/1M input, $15/1M output
costs $ 5 and $ 6
it is $100=€90 or $200=€180
$100→$200
$5_000 and $6_000
cheap ($), mid ($$), dear ($$$)
from $$ to $$ places, in $$ terms, or in $$
Pizza $$, sushi $$
Price: $$ | Rating: 5 | Area: $$ or $$$
$$ – $$
$$5 and $$6
in $/month, or €/$.
$-denominated and €-$ pairs
每月$5，每年$60
价格在$5到$10之间
价格5$到6$
$5到10$
$100，也就是700$。
$5美元/$6美元，或$7
¥5=$1，¥10=$2
""".strip().splitlines()
NAMES = """
$HOME and $PATH, $HOME/$PATH
${HOME} and ${PATH}, $HOME/${USER}
$a=$(cmd), $A:$(pwd)
PHP: $x = $y; $a->b($c); $arr[$i]; "$x$y"
Perl: $_ and $@ and $!
$(this).find($(that)), $('#a').add($('#b'))
$.get and $.post, $.ajax({}),$.get()
$1 and $2 are groups, replace with $1$2
=SUM($A$1:$B$2)
ends with $, begins with ^, or ^$
the sign ("$") or "$"
$AAPL and $TSLA rose
shown in \\[1\\] and \\[2, 3\\] or \\[4-6\\]
""".strip().splitlines()
FORMULAS: list[tuple[str, list[str]]] = [
    ("$x$, $y$; ($z$) is", ["x", "y", "z"]),
    ("$5$ or $2x$ or $10^6$", ["5", "2x", "10^6"]),
    ("$3x + 2 = 5$", ["3x + 2 = 5"]),
    ("$5 \\text{ kg}$ of $3 \\text{ and } 4$", ["5 \\text{ kg}", "3 \\text{ and } 4"]),
    ("$x$-axis, $n$-th, $x$'s", ["x", "n", "x"]),
    ("the $n$th of all $k$s, the $2$nd", ["n", "k", "2"]),
    ("for $5 you get $x$ apples", ["x"]),
    ("pay $5 (and $\\pi$)", ["\\pi"]),
    ("costs $5, so $x=5$", ["x=5"]),
    ("$3$ apples for $\\$6$", ["3", "\\$6"]),
    ("$5$–$10$ at $0.05$/token", ["5", "10", "0.05"]),
    ("$gcd(a, b) = 1$", ["gcd(a, b) = 1"]),
    ("$2+2=$?", ["2+2="]),
    ("$]0,1[$ and $\\{1,2\\}$", ["]0,1[", "\\{1,2\\}"]),
    ("$1, 2, n$", ["1, 2, n"]),
    ("so $$ speed = way / time $$ holds", ["speed = way / time"]),
    ("它是$x$的值", ["x"]),
    ("令$f(x)=x^2$，则$f'(x)=2x$。", ["f(x)=x^2", "f'(x)=2x"]),
    ("质量$m$(单位kg)", ["m"]),
    ("「$x$」は$y$です、$5$のとき", ["x", "y", "5"]),
    ("함수$f$는", ["f"]),
    ("ב$x$", ["x"]),
    ("we get $$a^2$$ so $$ b + c $$, $$x$$", ["a^2", "b + c", "x"]),
    ("is \\(1\\), \\(f(x)\\) and \\[x\\]", ["1", "f(x)", "x"]),
]


def sources(text: str) -> list[Math]:
    return [run.math for run in runs_of(parse(text)) if run.math is not None]


@pytest.mark.parametrize("text", [*MONEY, *NAMES])
def test_prices_and_names_stay_as_they_are_written(text: str) -> None:
    assert sources(text) == []
    plain = text.replace("*", "").replace("\\", "")
    assert visible_text(parse(text)).replace("*", "").strip() == plain


@pytest.mark.parametrize(("text", "found"), FORMULAS)
def test_formulas_are_formulas_beside_prices_and_without_blanks(text: str, found: list[str]) -> None:
    assert [math.source for math in sources(text)] == found
