"""What visitors write, in twelve languages: openings, middles and endings that fit any form."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TEAM_NOTES", "TEXTS", "Texts"]


@dataclass(frozen=True)
class Texts:
    """The sentences of one language."""

    openings: tuple[str, ...]
    middles: tuple[str, ...]
    endings: tuple[str, ...]
    space: str = " "
    """What stands between two sentences."""


TEXTS: dict[str, Texts] = {
    "en": Texts(
        ("Hi there,", "Hello,", "Good morning,", "Hey team 👋", "To whom it may concern,"),
        (
            "We run a small clinic with two locations and are tired of paper forms.",
            "Our current contract ends in March, so we would like to decide before then.",
            "Could you tell us whether the price includes onboarding for 40 people?",
            "The QR code on the box took me to an empty page.",
            "I tried to change my booking twice and the confirmation never arrived.",
            "A colleague at the trade fair said you had helped them move in under a week.",
            "We need all 40 seats live by the first of the month.",
            "Is there a discount for charities?",
            "Please call after 4 pm, I am on the shop floor until then.",
            "We compared three offers and yours is the only one with a timeline we believe.",
            "The chat answered half of my question and then sent me here.",
            "It works on my phone, but the tablet at reception shows nothing but a spinner.",
        ),
        ("Thanks!", "Kind regards", "Looking forward to hearing from you.", "Cheers 🙌", "Best wishes"),
    ),
    "de": Texts(
        ("Guten Tag,", "Hallo zusammen,", "Sehr geehrte Damen und Herren,", "Moin,"),
        (
            "wir suchen eine Lösung für drei Standorte und etwa 25 Mitarbeitende.",
            "Leider kam nach der Anmeldung keine Bestätigung an.",
            "Könnten Sie uns bitte ein Angebot bis Ende der Woche schicken?",
            "Die Rechnung vom letzten Monat weist einen falschen Betrag aus.",
            "Gibt es die Donaudampfschifffahrtsgesellschaftskapitänsmützen auch in Größe 58?",
            "Ein Rückruf am Vormittag wäre mir am liebsten.",
            "Auf dem Tablet am Empfang lässt sich das Formular nicht absenden.",
        ),
        ("Mit freundlichen Grüßen", "Viele Grüße aus dem Süden", "Danke im Voraus!"),
    ),
    "fr": Texts(
        ("Bonjour,", "Bonsoir,", "Madame, Monsieur,"),
        (
            "Nous aimerions une démonstration pour notre équipe de douze personnes.",
            "Le lien reçu par courriel ne fonctionne plus depuis hier.",
            "Est-ce que le tarif comprend la formation ?",
            "Je n'ai toujours pas reçu ma facture du mois dernier.",
            "Nous sommes disponibles le mardi après-midi.",
        ),
        ("Cordialement,", "Merci d'avance !", "Bien à vous"),
    ),
    "es": Texts(
        ("Hola:", "Buenos días:", "Estimado equipo:"),
        (
            "Queremos saber si ofrecen precios para instituciones educativas.",
            "¿Podrían llamarme mañana por la tarde?",
            "El formulario se queda cargando cuando adjunto una foto.",
            "Somos una empresa familiar con cuatro tiendas.",
            "Necesitamos una respuesta antes del viernes, ¡es urgente!",
        ),
        ("Un saludo", "Muchas gracias", "Quedo a la espera."),
    ),
    "pt": Texts(
        ("Olá,", "Bom dia,", "Boa tarde,"),
        (
            "Gostaríamos de receber uma proposta para duas filiais.",
            "Não consigo concluir a inscrição no evento.",
            "A reunião pode ser à distância?",
            "O código enviado já tinha expirado quando o abri.",
        ),
        ("Obrigado!", "Cumprimentos", "Até breve"),
    ),
    "pl": Texts(
        ("Dzień dobry,", "Cześć,", "Szanowni Państwo,"),
        (
            "chcielibyśmy umówić się na prezentację w przyszłym tygodniu.",
            "Czy cena obejmuje szkolenie dla całego zespołu?",
            "Po wysłaniu formularza zobaczyłam tylko pustą stronę.",
            "Proszę o fakturę na firmę.",
        ),
        ("Pozdrawiam", "Z góry dziękuję", "Z poważaniem"),
    ),
    "ja": Texts(
        ("お世話になっております。", "はじめまして。", "こんにちは。"),
        (
            "来月から三店舗で導入を検討しています。",
            "申し込み後の確認メールがまだ届いていません。",
            "お見積もりを今週中にいただけますでしょうか。",
            "タブレットで送信ボタンを押しても反応がありません。",
            "ｶﾀｶﾅの半角入力も使えますか？",
        ),
        ("よろしくお願いいたします。", "ご連絡をお待ちしております。"),
        "",
    ),
    "zh": Texts(
        ("您好！", "你们好，", "早上好！"),
        (
            "我们想了解一下团队版的价格。",
            "提交表单以后页面一直是空白的。",
            "请问可以安排下周三的演示吗？",
            "上个月的发票金额好像有误。",
            "希望能尽快得到回复，谢谢。",
        ),
        ("祝好", "期待您的回信。", "谢谢 🙏"),
        "",
    ),
    "ko": Texts(
        ("안녕하세요.", "담당자님께,"),
        (
            "다음 달 행사에 스무 명이 참가하고 싶습니다.",
            "신청서를 보냈는데 확인 메일이 오지 않았습니다.",
            "견적서를 이번 주 안에 받을 수 있을까요?",
            "태블릿에서는 화면이 깨져 보입니다.",
        ),
        ("감사합니다.", "답변 기다리겠습니다."),
    ),
    "th": Texts(
        ("สวัสดีค่ะ", "สวัสดีครับ"),
        (
            "อยากทราบราคาสำหรับทีมยี่สิบคน",
            "ส่งแบบฟอร์มแล้วแต่ยังไม่ได้รับอีเมลยืนยัน",
            "ขอนัดสาธิตการใช้งานสัปดาห์หน้าได้ไหม",
        ),
        ("ขอบคุณมากค่ะ", "ขอบคุณครับ"),
    ),
    "ar": Texts(
        ("مرحباً،", "السلام عليكم،"),
        (
            "نرغب في الحصول على عرض سعر لثلاثة فروع.",
            "لم تصلني رسالة التأكيد بعد التسجيل.",
            "هل يمكن الاتصال بي بعد الساعة 16:00؟",
            "رقم الطلب هو 4021 والمبلغ ٣٥٠ درهماً.",
        ),
        ("شكراً جزيلاً", "مع أطيب التحيات"),
    ),
    "he": Texts(
        ("שלום,", "בוקר טוב,"),
        (
            "נשמח לקבל הצעת מחיר עבור 15 עובדים.",
            "הטופס לא נשלח מהטאבלט בקבלה.",
            "אפשר לתאם הדגמה ביום שלישי?",
        ),
        ("תודה רבה!", "בברכה"),
    ),
}
"""Sentences by language tag."""

TEAM_NOTES: tuple[str, ...] = (
    "Called, no answer. Trying again tomorrow.",
    "Sent the price list, waiting for their board.",
    "Duplicate of an earlier request, kept the newer one.",
    "Wants a call after 4 pm.\nSpeaks German.",
    "Existing customer, see the contract from May.",
    "Good fit 👍 asked for two references.",
    "2026-02-11 left a voicemail\n2026-02-12 she called back: budget approved\n2026-02-13 contract sent",
    "Rückruf am Montag vereinbart.",
    "見積書を送付済み。",
    "Needs the invoice split over two cost centres [see mail].",
)
"""Notes that colleagues left on submissions."""
