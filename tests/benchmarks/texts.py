"""Seeded texts as people and models write them, in twelve languages and with Markdown; knows no store.

Half of each language's words are common ones, the others are put together from its syllables: a vocabulary of some
tens of thousands of words with the usual steep fall from common to rare, which is what an index has to bear.
"""

from collections.abc import Sequence
from itertools import accumulate
from random import Random
from typing import NamedTuple


class Tongue(NamedTuple):
    """common: frequent words. syllables: what the rare ones are made of. joint: between words. stop: ends a sentence."""

    common: str
    syllables: str
    joint: str = " "
    stop: str = ". "
    share: int = 1


TONGUES: dict[str, Tongue] = {
    "en": Tongue(
        "the and of to a in is that it for you was with on as are be this have from or by not but what all were when"
        " we there can an your which their said if do will each about how up out them then she many some so these"
        " would other into has more her two like him see time could no make than first been its who now people my"
        " made over did down only way find use may water long little very after words called just where most know"
        " proxy server connection message window store search history backup error please thanks explain example",
        "al an ar ber con der di en er est ex fer for gen hal im in ing ism ist ker lan lec lo man mar men mi mon nor"
        " on or per pla pre pro ra re ri ro sen ser sta ster sub sur ta ten ter ti tion tor tra un ver vi",
        share=5,
    ),
    "it": Tongue(
        "il la che di e un a per in una mi sono ho non ma lo ha le si ti i con cosa se io come da ci questo qui hai"
        " bene tu del sei solo mio me tutto te della so era gli no quando essere sua fare pizza grazie allora perché"
        " città può più già così anche adesso messaggio finestra ricerca errore esempio spiegare",
        "a bel ca co da de di fa fi gan gi la le li lo ma me mi mo na ne no pa pe po qua ra re ri ro sa se si ta te ti"
        " to tra tu va ve vi zio",
        share=3,
    ),
    "de": Tongue(
        "die der und in zu den das nicht von sie ist des sich mit dem dass er es ein ich auf so eine auch als an nach"
        " wie im für man aber aus durch wenn nur war noch werden bei hat wir was wird sein einen welche sind oder zur"
        " um haben einer mir über ihm diese einem ihr uns da zum kann doch vor dieser mich Fenster Nachricht Größe",
        "ab an be ben ber bün chen der ein en ent er fahr gang ge gen haus heit kei ken lich lin mit nach sach schaft"
        " schrei sel sich stel tag tel tür über un ung ver vor weg werk zeit zu",
        share=2,
    ),
    "fr": Tongue(
        "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont la nous avec"
        " son ou leur mais comme on lui tout être fait été même déjà où très après message fenêtre réponse modèle",
        "a bi ca ce cha cou dé di é ê fa gé ion la lé li lo ma mé mon ni nou pa pé por pré qui ra ré ri sé sion ta té"
        " tion tou ver vi",
        share=2,
    ),
    "es": Tongue(
        "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin"
        " sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está mi porque"
        " qué sólo mensaje ventana búsqueda señor niño mañana",
        "a ba ca ción co da de di do es fa gra ja la lla lo ma mi mo na ño pa pe po que ra re ri sa se ta te ti tra va",
        share=2,
    ),
    "ru": Tongue(
        "и в не на я быть он с что а по это она этот к но они мы весь который из у то за свой весь год от так о для"
        " ты же все тот мочь вы человек такой его сказать только или ещё бы себя один как уже до время если сам"
        " когда другой сообщение окно поиск ошибка прокси",
        "бо ва ве во го да де ди до за зна и ка ки ко ла ле ли ло ма ми мо на не ни но об пе по пра про ра ре ро са"
        " ска ста та те ти то ходить чи ше",
        share=2,
    ),
    "zh": Tongue(
        "的 一 是 不 了 在 人 有 我 他 这 个 们 中 来 上 大 为 和 国 地 到 以 说 时 要 就 出 会 可 也 你 对 生 能 而 子 那 得 于"
        " 着 下 自 之 年 过 发 后 作 里 消息 窗口 搜索 历史 代理 服务器 错误 例子 谢谢 模型",
        "天 地 山 水 火 木 金 土 日 月 星 云 风 雨 雪 花 草 树 石 田 路 门 车 马 牛 羊 鱼 鸟 红 黄 蓝 白 黑 高 低 长 短 新 旧 多 少",
        joint="",
        stop="。",
        share=2,
    ),
    "ja": Tongue(
        "の に は を た が で て と し れ さ ある いる も する から な こと として い や れる など なっ ない この ため その 私 今日 検索"
        " 履歴 返事 質問 説明 例 保存 窓 設定",
        "か き く け こ さ し す せ そ た ち つ て と な に ぬ ね の は ひ ふ へ ほ ま み む め も 東 西 南 北 山 川 森 空 海 雲",
        joint="",
        stop="。",
    ),
    "ko": Tongue(
        "이 그 저 것 수 등 들 및 에서 그리고 하는 있는 한다 있다 없다 때문에 메시지 창 검색 기록 오류 예제 감사합니다 모델 서버",
        "가 나 다 라 마 바 사 아 자 차 카 타 파 하 고 노 도 로 모 보 소 오 조 구 누 두 루 무 부 수 기 니 디 리 미 비 시 지",
    ),
    "ar": Tongue(
        "في من على أن إلى هذا التي كان ما لا هو الذي عن مع كل هذه بعد أو قد بين ذلك حتى ثم رسالة نافذة بحث خطأ مثال شكرا",
        "با تا جا حا دا را سا شا صا طا عا فا قا كا لا ما نا ها وا يا بي تي دي ري سي لي مي ني",
    ),
    "hi": Tongue(
        "के का में की है यह और से हैं को पर इस होता कि जो कर मे गया करने किया लिये अपने ने बनी नहीं तो ही या एवं संदेश खोज त्रुटि",
        "का की कु के को गा गी ता ती ते दा दी ना नी ने पा पी बा बी मा मी मे या रा री ला ली वा वी सा सी हा ही",
    ),
    "tr": Tongue(
        "bir ve bu için de çok ne ben gibi daha ama mi o var olarak kadar sonra en sen her değil kendi ile zaman iyi"
        " şey diye nasıl mesaj pencere arama hata örnek teşekkürler İstanbul ışık",
        "a ba ça da de di dı e gü i ı ka kı la le lı ma me mi na ne nü ö ra rı sa şa ta tü u ü ya yı za",
    ),
}
CODE = (
    "for item in {0}:\n    print(item.{1})",
    "def {0}({1}):\n    return {1} + 1",
    "SELECT {0} FROM {1} WHERE id = ?",
    "const {0} = await {1}(url);",
    "$ curl -x socks5h://{0}:1080 https://{1}.example",
)
SENTENCES = 3_000
WORDS = 6_000


class Voice:
    """One language: sentences to take from."""

    def __init__(self, tongue: Tongue, chance: Random) -> None:
        syllables = tongue.syllables.split()
        rare = {
            "".join(
                chance.choices(syllables, k=chance.choice((2, 2, 3, 3, 4) if tongue.joint else (1, 2, 2)))
            )
            for _ in range(WORDS)
        }
        self.words = [*tongue.common.split(), *sorted(rare)]
        weights = list(accumulate(1 / (place + 4) for place in range(len(self.words))))
        self.tongue = tongue
        self.sentences = []
        for _ in range(SENTENCES):
            words = chance.choices(self.words, cum_weights=weights, k=max(3, round(chance.gauss(11, 4))))
            line = tongue.joint.join(words)
            self.sentences.append(line[:1].upper() + line[1:] + tongue.stop)


class Speaker:
    """Titles, questions and replies, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self._voices = [Voice(tongue, self.chance) for tongue in TONGUES.values()]
        self._shares = list(accumulate(tongue.share for tongue in TONGUES.values()))
        self._lengths = [min(40, max(1, round(self.chance.lognormvariate(1.1, 0.8)))) for _ in range(5_000)]

    def voice(self) -> Voice:
        """The language of a conversation."""
        return self.chance.choices(self._voices, cum_weights=self._shares)[0]

    def title(self, voice: Voice) -> str:
        return self.chance.choice(voice.sentences).rstrip(" .。")[:60]

    def question(self, voice: Voice) -> str:
        chance = self.chance
        text = "".join(chance.choices(voice.sentences, k=1 if chance.random() < 0.7 else 2)).rstrip()
        return f"{text} #{chance.randrange(1 << 30):x}" if chance.random() < 0.1 else text

    def reply(self, voice: Voice) -> str:
        """One to forty sentences; a third with a list, a table, a heading or code."""
        chance = self.chance
        sentences: Sequence[str] = chance.choices(voice.sentences, k=chance.choice(self._lengths))
        draw = chance.random()
        if draw > 0.33:
            return "".join(sentences).rstrip()
        parts = [sentences[0].rstrip()]
        if draw < 0.12:
            parts.append("\n".join(f"- **{s.split(' ')[0][:20]}** {s.rstrip()}" for s in sentences[1:6]))
        elif draw < 0.22:
            code = chance.choice(CODE).format(*chance.sample(voice.words[-WORDS // 2 :], 2))
            parts.append(f"```\n{code}\n```")
        elif draw < 0.28:
            parts += ["## " + self.title(voice), "".join(sentences[1:])]
        else:
            rows = "\n".join(f"| {s[:18].rstrip()} | {chance.randrange(1000)} |" for s in sentences[1:5])
            parts.append(f"| a | b |\n| --- | --- |\n{rows}")
        return "\n\n".join(part for part in parts if part)
