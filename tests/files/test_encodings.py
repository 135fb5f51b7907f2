"""The encoding of a text without a mark is told by its letters; where they do not tell it, nothing is sure."""

from __future__ import annotations

import pytest

from listloop.files.encodings import LANGUAGES, TITLES, guess, sample

NAMES = {
    "German": "Müller Jörg Köln;Groß Anna Düsseldorf;Weiß Günther Würzburg;Schröder Käthe Lübeck;Jäger Özlem Gießen",
    "French": "Dubois Élodie Orléans;Lefèvre Zoé Besançon;Gonçalves François Nîmes;Noël Jérôme Sète;Rémy Hélène Sète",
    "Spanish": "García José Málaga;Muñoz Íñigo Cádiz;Pérez Ángel Logroño;Núñez Sofía León;López Begoña Ávila",
    "Polish": "Żak Łukasz Łódź;Wójcik Grażyna Kraków;Dąbrowski Paweł Poznań;Zięba Małgorzata Rzeszów;Świątek Iga Łomża",
    "Czech": "Dvořák Jiří Plzeň;Šťastný Lukáš Olomouc;Procházková Žaneta Ústí;Němec Ondřej Znojmo;Růžička Věra Děčín",
    "Hungarian": "Szőke Győző Győr;Kovács László Fertőd;Tóth Erzsébet Fót;Nagy Ágnes Kőszeg;Szűcs Ödön Szűcsi",
    "Russian": "Петров Иван Москва;Сидорова Анна Казань;Кузнецов Олег Тула;Попова Мария Пермь",
    "Greek": "Παππά Ζωή Αθήνα;Γεωργίου Νίκος Πάτρα;Δημητρίου Ελένη Βόλος;Νικολάου Άγγελος Χανιά",
    "Turkish": "Yılmaz Ayşe İstanbul;Çelik Gökhan Eskişehir;Şahin Oğuz Muğla;Öztürk Işıl Iğdır",
    "Lithuanian": "Kazlauskienė Rūta Šiauliai;Žukauskas Jonas Kėdainiai;Vaičiūnas Tomas Panevėžys",
    "Japanese": "山田 太郎 東京;鈴木 花子 大阪;佐藤 次郎 京都;髙橋 さくら ナゴヤ;伊藤 ひろし 札幌市",
    "Chinese": "王小明 北京;李华 上海;张伟 广州;刘洋 深圳;陈静 天津;杨勇 重庆",
    "Korean": "김민수 서울;이영희 부산;박지훈 대구;최수진 인천",
}
WEST, CENTRAL = ("cp1252", "iso8859_15", "mac_roman", "cp850"), ("cp1250", "iso8859_2", "cp852")
WRITTEN = [
    *((language, encoding) for language in ("German", "French", "Spanish") for encoding in WEST),
    *((language, encoding) for language in ("Polish", "Czech", "Hungarian") for encoding in CENTRAL),
    *(("Russian", "cp1251"), ("Russian", "koi8_r"), ("Greek", "cp1253"), ("Turkish", "cp1254")),
    *(("Lithuanian", "cp1257"), ("Japanese", "cp932"), ("Japanese", "euc_jp"), ("Chinese", "gb18030")),
    ("Korean", "cp949"),
]


def table(language: str) -> str:
    return "Email;Name\n" + "".join(
        f"p{number}@x.example;{name}\n" for number, name in enumerate(NAMES[language].split(";"))
    )


@pytest.mark.parametrize(("language", "encoding"), WRITTEN)
def test_a_handful_of_names_tells_the_encoding_or_that_it_is_a_guess(language: str, encoding: str) -> None:
    written = table(language).encode(encoding, "replace")
    found = guess(sample(written))
    assert found is not None
    assert written.decode(found.encoding) == written.decode(encoding)


@pytest.mark.parametrize("letters", ["è", "õ", "Jiøí"])
def test_letters_that_two_encodings_read_differently_are_a_guess(letters: str) -> None:
    found = guess(f"Name {letters}".encode("cp1252"))
    assert found is not None
    assert found.rivals


def test_letters_that_are_the_same_in_every_encoding_are_no_guess() -> None:
    found = guess(sample(table("German").encode("cp1252")))
    assert found is not None
    assert (found.encoding, found.rivals) == ("cp1252", ())


def test_noise_is_no_text() -> None:
    assert guess(bytes(range(128, 256)) * 3) is None


def test_each_encoding_has_a_name_for_people() -> None:
    assert set(LANGUAGES) < set(TITLES)


@pytest.mark.parametrize("text", ["Ada “Countess”,O’Hara", "Ada,O’Hara", "Zoë – “Zo”,Müller", "Ada — Ltd…"])
def test_the_quotes_of_word_processors_show_windows(text: str) -> None:
    found = guess(sample(f"Name\n{text}\n".encode("cp1252")))
    assert found is not None
    assert found.encoding == "cp1252"
