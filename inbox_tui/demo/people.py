"""Invented people in twelve languages: names with their Latin spelling, places, numbers and firms."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["LOCALES", "Locale", "Name"]

Name = tuple[str, str]
"""A name as it is written, and the letters it takes in a mail address."""


@dataclass(frozen=True)
class Locale:
    """The people of one language."""

    code: str
    """BCP 47 tag."""
    weight: int
    """How often this language turns up, relative to the others."""
    given: tuple[Name, ...]
    family: tuple[Name, ...]
    family_first: bool
    joint: str
    """What stands between the two names."""
    phone: str
    """A phone number with `#` for each digit to fill in."""
    cities: tuple[str, ...]
    firms: tuple[str, ...]
    mail_hosts: tuple[str, ...]

    def full_name(self, given: Name, family: Name) -> str:
        """Join two names in the order this language uses."""
        first, second = (family, given) if self.family_first else (given, family)
        return f"{first[0]}{self.joint}{second[0]}"


def _plain(*names: str) -> tuple[Name, ...]:
    return tuple((name, name.lower()) for name in names)


_ENGLISH = Locale(
    "en",
    30,
    _plain("Amelia", "Noah", "Priya", "Oliver", "Grace", "Ethan", "Zoe", "Marcus", "Hannah", "Dev", "Ruby"),
    (
        *_plain(
            "Carter", "Bennett", "Shah", "Okafor", "Walsh", "Nguyen", "Turner", "Fraser", "Hughes", "Ellis"
        ),
        ("O'Brien", "obrien"),
        ("Smith-Jones", "smith-jones"),
    ),
    False,
    " ",
    "+44 20 #### ####",
    ("Leeds", "Bristol", "Austin", "Dublin", "Toronto", "Wellington"),
    ("Northgate Dental", "Blue Heron Books", "Fennel & Rye", "Harbour Physio", "Brightside Solar Ltd"),
    ("example.com", "northgate.example", "mail.example"),
)
_GERMAN = Locale(
    "de",
    14,
    (*_plain("Anna", "Lukas", "Katrin", "Jonas", "Emre"), ("Jürgen", "juergen"), ("Zoë", "zoe")),
    (
        *_plain("Schmidt", "Weber", "Hoffmann", "Brandt"),
        ("Müller", "mueller"),
        ("Großmann", "grossmann"),
        ("von der Heide", "heide"),
        ("Müller-Lüdenscheidt", "mueller-luedenscheidt"),
    ),
    False,
    " ",
    "+49 30 #######",
    ("Köln", "Hamburg", "Zürich", "Linz", "Gießen"),
    ("Bäckerei Sonnenschein", "Weber Maschinenbau GmbH", "Praxis Dr. Brandt", "Radwerkstatt Süd"),
    ("beispiel.example", "post.example"),
)
_FRENCH = Locale(
    "fr",
    9,
    (*_plain("Camille", "Hugo", "Manon"), ("Chloé", "chloe"), ("François", "francois"), ("Anaïs", "anais")),
    (*_plain("Martin", "Moreau", "Girard"), ("Lefèvre", "lefevre"), ("D'Aubigné", "daubigne")),
    False,
    " ",
    "+33 6 ## ## ## ##",
    ("Lyon", "Nîmes", "Genève", "Montréal"),
    ("Atelier Céleste", "Boulangerie des Halles", "Moreau & Fils"),
    ("courriel.example", "exemple.example"),
)
_SPANISH = Locale(
    "es",
    9,
    (*_plain("Lucia", "Diego", "Carmen"), ("Sofía", "sofia"), ("Íñigo", "inigo"), ("José", "jose")),
    (*_plain("Garcia Vega", "Romero", "Castillo"), ("Muñoz", "munoz"), ("Peña Álvarez", "pena")),
    False,
    " ",
    "+34 6## ### ###",
    ("Sevilla", "Bogotá", "Ciudad de México", "A Coruña"),
    ("Clínica Azahar", "Viajes El Faro", "Panadería Peña"),
    ("correo.example", "ejemplo.example"),
)
_PORTUGUESE = Locale(
    "pt",
    6,
    (*_plain("Beatriz", "Rafael", "Tiago"), ("João", "joao"), ("Conceição", "conceicao")),
    (*_plain("Silva", "Carvalho", "Teixeira"), ("Gonçalves", "goncalves"), ("Simões", "simoes")),
    False,
    " ",
    "+351 9## ### ###",
    ("Lisboa", "São Paulo", "Coimbra"),
    ("Padaria Tejo", "Simões Advogados"),
    ("correio.example",),
)
_POLISH = Locale(
    "pl",
    5,
    (
        *_plain("Zofia", "Marek"),
        ("Łukasz", "lukasz"),
        ("Małgorzata", "malgorzata"),
        ("Świętosława", "swieta"),
    ),
    (
        ("Wiśniewska", "wisniewska"),
        ("Kowalczyk", "kowalczyk"),
        ("Żółtowski", "zoltowski"),
        ("Nowak", "nowak"),
    ),
    False,
    " ",
    "+48 ### ### ###",
    ("Łódź", "Kraków", "Gdańsk"),
    ("Pracownia Żubr", "Kawiarnia Pod Lipą"),
    ("poczta.example",),
)
_JAPANESE = Locale(
    "ja",
    7,
    (("太郎", "taro"), ("美咲", "misaki"), ("健一", "kenichi"), ("さくら", "sakura"), ("翔太", "shota")),
    (
        ("山田", "yamada"),
        ("佐藤", "sato"),
        ("髙橋", "takahashi"),
        ("渡邊", "watanabe"),
        ("小林", "kobayashi"),
    ),
    True,
    " ",
    "+81 90-####-####",
    ("東京", "大阪市", "札幌"),
    ("株式会社やまびこ", "有限会社さくら製菓"),
    ("meiru.example",),
)
_CHINESE = Locale(
    "zh",
    6,
    (("伟", "wei"), ("芳", "fang"), ("秀英", "xiuying"), ("子轩", "zixuan"), ("梦洁", "mengjie")),
    (("王", "wang"), ("李", "li"), ("欧阳", "ouyang"), ("陈", "chen"), ("赵", "zhao")),
    True,
    "",
    "+86 13# #### ####",
    ("上海", "成都", "台北"),
    ("青山设计工作室", "海蓝贸易有限公司"),
    ("youjian.example",),
)
_KOREAN = Locale(
    "ko",
    4,
    (("민준", "minjun"), ("서연", "seoyeon"), ("지훈", "jihun"), ("하은", "haeun")),
    (("김", "kim"), ("이", "lee"), ("박", "park"), ("최", "choi")),
    True,
    "",
    "+82 10-####-####",
    ("서울", "부산"),
    ("한빛 스튜디오", "주식회사 다온"),
    ("pyeonji.example",),
)
_THAI = Locale(
    "th",
    3,
    (("สมชาย", "somchai"), ("กนกวรรณ", "kanokwan"), ("ณัฐพล", "natthaphon")),
    (("ศรีสุข", "srisuk"), ("วงศ์ใหญ่", "wongyai"), ("แก้วมณี", "kaewmanee")),
    False,
    " ",
    "+66 8# ### ####",
    ("กรุงเทพฯ", "เชียงใหม่"),
    ("ร้านบ้านสวน", "บริษัท น้ำใส จำกัด"),
    ("thai.example",),
)
_ARABIC = Locale(
    "ar",
    4,
    (("ليلى", "layla"), ("عمر", "omar"), ("نور", "nour"), ("يوسف", "youssef")),
    (("الحسن", "alhassan"), ("منصور", "mansour"), ("الخطيب", "alkhatib")),
    False,
    " ",
    "+971 5# ### ####",
    ("دبي", "القاهرة", "عمّان"),
    ("مكتبة النخيل", "شركة الأفق"),
    ("barid.example",),
)
_HEBREW = Locale(
    "he",
    3,
    (("נועה", "noa"), ("איתי", "itay"), ("תמר", "tamar")),
    (("כהן", "cohen"), ("לוי", "levi"), ("בן־דוד", "bendavid")),
    False,
    " ",
    "+972 5#-###-####",
    ("תל אביב", "חיפה"),
    ("סטודיו ירוק", "מאפיית השכונה"),
    ("doar.example",),
)

LOCALES: tuple[Locale, ...] = (
    _ENGLISH,
    _GERMAN,
    _FRENCH,
    _SPANISH,
    _PORTUGUESE,
    _POLISH,
    _JAPANESE,
    _CHINESE,
    _KOREAN,
    _THAI,
    _ARABIC,
    _HEBREW,
)
"""Every language that visitors write in."""
