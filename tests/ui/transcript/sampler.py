"""A conversation with one of everything that a reply can be made of, to look at and to measure."""

from pizzagpt_desktop.domain.conversation import Message, Role, Status

LONG_LINE = 'raise ValueError("a line that is longer than the widest column of text that there is in the window, by far")'
PYTHON = (
    "from dataclasses import dataclass\n\n\n@dataclass(frozen=True)\nclass Point:\n"
    '    """A place on the map."""\n\n    x: float = 0.0  # metres\n    y: float = 0.0\n\n'
    '    def moved(self, by: float) -> "Point":\n        return Point(self.x + by, self.y)\n\n\n'
    f"def check(p: Point) -> None:\n    if p.x < 0:\n        {LONG_LINE}\n"
)
LONG_CODE = "".join(f'let value{i} = compute({i}, "step {i}"); // line {i}\n' for i in range(1, 215))
BLOCKS = f"""## Code

Some words with `inline code` before a block:

```python
{PYTHON}```

A long one:

```js
{LONG_CODE}```

A picture as text:

```mermaid
graph TD
  A[Ask] --> B{{Enough?}}
  B -- yes --> C[Answer]
```

```text
A prompt: {"write a long story about a lighthouse keeper who collects words, " * 4}
```

## A table

| Town | People | Area (km²) | What it is known for |
| :--- | ---: | ---: | :--- |
| Porto | 231,800 | 41.4 | Bridges, wine and steep streets down to the river |
| Évora | 53,591 | 1307.0 | A Roman temple in the middle of the town |
| Lisbon | 545,796 | 100.0 | Trams |
| Faro | 67,650 | 202.6 | **Salt**, storks and `code` |

| a | b | c | d | e | f | g | h | i |
|---|---|---|---|---|---|---|---|---|
| first column | second column | third column | fourth column | fifth column | sixth column | seventh column | eighth | ninth column |

## Lists and quotes

- [x] Write the list
- [ ] Read the list, which goes on for so long that the line has to be broken somewhere in the middle of it
  - inside
    - deeper
      1. one
      2. two

> A quotation with **bold** words.
>
> > A quotation in it.

9. nine
10. ten
11. eleven

A note[^1] at the end.

---

[^1]: The note itself, with a [link](https://example.com).
"""
SCRIPTS = """مرحبا بالعالم، هذه فقرة عربية فيها كلمة English في الوسط و`code` كذلك.

- عنصر أول في القائمة
- عنصر ثانٍ فيه https://example.com

> اقتباس من كتاب قديم

שלום עולם, זו שורה בעברית עם 123 מספרים.

An English line with עברית inside it.

日本語の文章は単語の間に空白がないので、どこでも改行できますが、句読点は行頭に来てはいけません。「引用」の括弧も同じです。もう少し長くして折り返しを見ましょう。

中文段落也是这样，标点符号不应该出现在行首。这是一个很长的句子，用来检查换行是否正确，以及字体是否合适。

한국어 문장은 단어 사이에 공백이 있으므로 단어 단위로 줄이 바뀌는 것이 자연스럽습니다.

ไทยไม่มีช่องว่างระหว่างคำ ดังนั้นการตัดบรรทัดต้องใช้พจนานุกรม หรืออย่างน้อยก็ตัดที่ใดก็ได้

हिन्दी में एक वाक्य जो देवनागरी लिपि में लिखा गया है।

Emoji: 😀 👩‍👩‍👧‍👦 👍🏽 🇵🇹 ❤️ 1️⃣ and text after it.

Z̸̛̗͙͎̺̈́̓͐a̷̢̛̖͚̞͂̈́̚l̴̨̛̹͎͚̈́̓̚g̶̢̛̖͚̞͂̈́̚ơ̷̢̖͚̞͂̈́̚ text that towers.

| الاسم | Name | العدد |
| --- | --- | ---: |
| تفاح | apple | 12 |
| برتقال | orange | 7 |

```
// تعليق عربي
x = 1  # שלום
```
"""
REASONING = "The user wants to see everything.\n\nSo I show everything, one after the other, and say a word about each."


def messages() -> list[Message]:
    """Two questions, and two replies that hold everything."""

    def one(identity: str, role: Role, text: str, **facts: object) -> Message:
        return Message(id=identity, conversation_id="c", parent_id=None, role=role, text=text, **facts)  # type: ignore[arg-type]

    return [
        one("q1", Role.USER, "Show me everything there is."),
        one("blocks", Role.ASSISTANT, BLOCKS, model="sampler", reasoning=REASONING, status=Status.COMPLETE),
        one("q2", Role.USER, "و باللغات الأخرى؟"),
        one("scripts", Role.ASSISTANT, SCRIPTS, model="sampler"),
    ]
