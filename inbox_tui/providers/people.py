"""Finds who sent a submission among its answers, in the languages forms are written in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from cache.models import Contact, Field
from cache.names import fold

__all__ = ["find_contact"]

_Role: TypeAlias = Literal["name", "first", "last", "email", "phone"]

_WORDS: Final[Mapping[_Role, str]] = {
    "name": """
        name, full name, your name, your full name, fullname, contact name, contact person,
        customer name, first and last name, name and surname, who are you, what is your name,
        whats your name, what s your name, my name is, nom, votre nom, nom complet, nom et prenom,
        prenom et nom, vollstandiger name, ihr name, dein name, vor und nachname,
        vorname und nachname, ansprechpartner, nombre, su nombre, tu nombre, nombre completo,
        nombre y apellido, nombre y apellidos, nome, nome completo, seu nome, il tuo nome,
        nome e cognome, nome e sobrenome, imie i nazwisko, naam, volledige naam, uw naam, je naam,
        namn, navn, fulde navn, nimi, jmeno, jmeno a prijmeni, nev, teljes nev, nume,
        nume si prenume, isim, ad soyad, adiniz, adiniz soyadiniz, имя, ваше имя, фио,
        имя и фамилия, им'я, ім'я, όνομα, ονοματεπωνυμο, 名前,
        お名前, 氏名, ご氏名, 姓名, 您的姓名, 你的姓名, 名字, 이름, 성함, 성명, 이름 성함, الاسم,
        الاسم الكامل, שם, שם מלא, नाम, आपका नाम, ชื่อ, ชื่อ นามสกุล, ten, ho ten, ho va ten, nama,
        nama lengkap
    """,
    "first": """
        first name, firstname, first, given name, forename, fname, prenom, votre prenom, vorname,
        nombres, primer nombre, nome proprio, primeiro nome, imie, voornaam, fornamn, fornavn,
        etunimi, krestni jmeno, keresztnev, prenume, ad, 名
    """,
    "last": """
        last name, lastname, last, surname, family name, lname, nom de famille, nachname,
        familienname, apellido, apellidos, cognome, sobrenome, apelido, nazwisko, achternaam,
        efternamn, etternavn, efternavn, sukunimi, prijmeni, vezeteknev, soyad, фамилия, 姓,
        성
    """,
    "email": """
        email, e mail, mail, email address, e mail address, your email, your email address,
        work email, business email, contact email, adresse e mail, adresse email, courriel,
        e mail adresse, emailadresse, correo, correo electronico, indirizzo email,
        endereco de email, adres e mail, e mailadres, e postadress, почта,
        электронная почта, メール, メールアドレス, 邮箱, 电子邮件, 이메일,
        이메일 주소, البريد الالكتروني
    """,
    "phone": """
        phone, phone number, your phone, telephone, telephone number, tel, mobile, mobile number,
        mobile phone, cell, cell phone, contact number, whatsapp, numero de telephone, portable,
        telefon, telefonnummer, handynummer, rufnummer, telefono, numero de telefono, movil,
        celular, cellulare, telefone, numer telefonu, telefoonnummer, telefoon, puhelin,
        телефон, номер телефона, 電話, 電話番号, 电话, 手机, 手机号, 전화,
        전화번호, 휴대폰, الهاتف, رقم الهاتف
    """,
}
"""Labels by what they ask for, separated by commas, in the form `_plain` gives or close to it."""

_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_WORD: Final = re.compile(r"[\W_]+")
_REMARK: Final = re.compile(r"[(\[（【][^)\]）】]*[)\]）】]")
_MAIL: Final = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;]{1,190}\.[^\s@<>,;.]{2,63}")
_MAX_LENGTH: Final = 500
_LABEL_LENGTH: Final = 80
_TYPES: Final[Mapping[str, _Role]] = {
    "form_email": "email", "email": "email", "form_phone": "phone", "phone": "phone", "tel": "phone"
}  # fmt: skip


def find_contact(fields: Iterable[Field]) -> Contact:
    """The sender's name, e-mail address and phone number, as far as the answers tell.

    A field's type counts most, then its label, then its key; an answer that is an e-mail address and
    nothing else counts last. A first and a last name are joined, in the order in which they were asked.
    """
    by_type: dict[_Role, str] = {}
    by_name: dict[_Role, str] = {}
    parts: list[_Role] = []
    lone_mail: str | None = None
    for field in fields:
        if type(field.value) is not str or len(field.value) > _MAX_LENGTH:
            continue
        text = field.value.strip()
        if not text:
            continue
        typed = _TYPES.get(field.type)
        if typed is not None:
            by_type.setdefault(typed, text)
            continue
        role = _role(field.label) or _role(field.key)
        if role is not None and "\n" not in text:
            if role in ("first", "last") and role not in by_name:
                parts.append(role)
            by_name.setdefault(role, text)
        elif lone_mail is None and "@" in text and _MAIL.fullmatch(text):
            lone_mail = text
    return Contact(
        name=_joined_name(by_name, parts),
        email=by_type.get("email") or by_name.get("email") or lone_mail,
        phone=by_type.get("phone") or by_name.get("phone"),
    )


def _joined_name(by_name: Mapping[_Role, str], parts: list[_Role]) -> str | None:
    """A whole name; beside a lone first or last name, "name" means the other half of it."""
    whole = by_name.get("name")
    halves = [by_name[part] for part in parts]
    if whole is not None and len(parts) == 1 and halves[0] not in whole:
        return f"{halves[0]} {whole}" if parts == ["first"] else f"{whole} {halves[0]}"
    return whole or " ".join(halves) or None


@lru_cache(maxsize=4096)
def _role(label: str) -> _Role | None:
    if not label or len(label) > _LABEL_LENGTH:
        return None
    return _table().get(_plain(_REMARK.sub(" ", label)) or _plain(label))


def _plain(label: str) -> str:
    return _NO_WORD.sub(" ", fold(_CAMEL.sub(" ", label))).strip()


@lru_cache(maxsize=1)
def _table() -> Mapping[str, _Role]:
    return {_plain(word): role for role, words in _WORDS.items() for word in words.split(",")}
