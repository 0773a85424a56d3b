/*
 * What mail programs write around other people's words, by language: the
 * labels of a header block, the titles above it, "On ... wrote:", closing
 * words, telephones' last lines.  Data only; compiled into adviced-parse.
 * Invariant: every word is written as body_fold() gives it (lower case, no
 * Latin or Greek accents), which a test checks.
 * Fails: never.
 */
#include "mail/body_parts.h"

/*
 * Outlook, Thunderbird, Apple Mail, Gmail, Yahoo and web mailers, each by the
 * language of its user: English, Welsh, German, French, Spanish, Catalan,
 * Italian, Portuguese, Dutch, Polish, Czech, Slovak, Hungarian, Romanian,
 * Swedish, Danish, Norwegian, Icelandic, Finnish, Estonian, Latvian,
 * Lithuanian, Croatian, Slovene, Turkish, Greek, Russian, Ukrainian,
 * Bulgarian, Japanese, Chinese, Korean, Arabic, Hebrew, Vietnamese.
 */
const struct label_word body_labels[] = {
	{ "from", LABEL_FROM }, { "oddi wrth", LABEL_FROM }, { "von", LABEL_FROM },
	{ "absender", LABEL_FROM }, { "de", LABEL_FROM }, { "expediteur", LABEL_FROM },
	{ "remitente", LABEL_FROM }, { "remetente", LABEL_FROM }, { "da", LABEL_FROM },
	{ "mittente", LABEL_FROM }, { "van", LABEL_FROM }, { "afzender", LABEL_FROM },
	{ "od", LABEL_FROM }, { "nadawca", LABEL_FROM }, { "odesilatel", LABEL_FROM },
	{ "odosielatel", LABEL_FROM }, { "felado", LABEL_FROM }, { "kuldo", LABEL_FROM },
	{ "de la", LABEL_FROM }, { "expeditor", LABEL_FROM }, { "expeditorul", LABEL_FROM },
	{ "fran", LABEL_FROM }, { "avsandare", LABEL_FROM }, { "fra", LABEL_FROM },
	{ "afsender", LABEL_FROM }, { "avsender", LABEL_FROM }, { "lahettaja", LABEL_FROM },
	{ "saatja", LABEL_FROM }, { "kellelt", LABEL_FROM }, { "nuo", LABEL_FROM },
	{ "salje", LABEL_FROM }, { "posiljatelj", LABEL_FROM }, { "posiljalac", LABEL_FROM },
	{ "posiljatel", LABEL_FROM }, { "kimden", LABEL_FROM }, { "gonderen", LABEL_FROM },
	{ "απο", LABEL_FROM }, { "αποστολεας", LABEL_FROM }, { "от", LABEL_FROM },
	{ "отправитель", LABEL_FROM }, { "від", LABEL_FROM }, { "від кого", LABEL_FROM },
	{ "відправник", LABEL_FROM }, { "от кого", LABEL_FROM }, { "подател", LABEL_FROM },
	{ "差出人", LABEL_FROM }, { "送信者", LABEL_FROM }, { "送信元", LABEL_FROM },
	{ "发件人", LABEL_FROM }, { "寄件者", LABEL_FROM }, { "寄件人", LABEL_FROM },
	{ "發件人", LABEL_FROM }, { "보낸 사람", LABEL_FROM }, { "보낸사람", LABEL_FROM },
	{ "من", LABEL_FROM }, { "מאת", LABEL_FROM }, { "tu", LABEL_FROM }, { "dari", LABEL_FROM },

	{ "sent", LABEL_SENT }, { "date", LABEL_SENT }, { "sent at", LABEL_SENT },
	{ "date sent", LABEL_SENT }, { "received", LABEL_SENT }, { "anfonwyd", LABEL_SENT },
	{ "dyddiad", LABEL_SENT }, { "gesendet", LABEL_SENT }, { "gesendet am", LABEL_SENT },
	{ "datum", LABEL_SENT }, { "envoye", LABEL_SENT }, { "envoye le", LABEL_SENT },
	{ "date d'envoi", LABEL_SENT }, { "message du", LABEL_SENT }, { "enviado", LABEL_SENT },
	{ "enviado el", LABEL_SENT }, { "enviat", LABEL_SENT }, { "fecha", LABEL_SENT },
	{ "enviada", LABEL_SENT }, { "enviada em", LABEL_SENT }, { "enviado em", LABEL_SENT },
	{ "data", LABEL_SENT }, { "inviato", LABEL_SENT }, { "data invio", LABEL_SENT },
	{ "ricevuto", LABEL_SENT }, { "verzonden", LABEL_SENT }, { "verzonden op", LABEL_SENT },
	{ "wysłane", LABEL_SENT }, { "wysłano", LABEL_SENT }, { "odeslano", LABEL_SENT },
	{ "odoslane", LABEL_SENT }, { "elkuldve", LABEL_SENT }, { "kuldve", LABEL_SENT },
	{ "trimis", LABEL_SENT }, { "trimis la", LABEL_SENT }, { "skickat", LABEL_SENT },
	{ "sendt", LABEL_SENT }, { "dato", LABEL_SENT }, { "dagsetning", LABEL_SENT },
	{ "lahetetty", LABEL_SENT }, { "paivamaara", LABEL_SENT }, { "paivays", LABEL_SENT },
	{ "pvm", LABEL_SENT }, { "saadetud", LABEL_SENT }, { "saatmisaeg", LABEL_SENT },
	{ "kuupaev", LABEL_SENT }, { "nosutits", LABEL_SENT }, { "datums", LABEL_SENT },
	{ "issiusta", LABEL_SENT }, { "poslano", LABEL_SENT }, { "poslato", LABEL_SENT },
	{ "tarih", LABEL_SENT }, { "gonderildi", LABEL_SENT }, { "gonderme tarihi", LABEL_SENT },
	{ "gonderilme tarihi", LABEL_SENT }, { "σταλθηκε", LABEL_SENT }, { "εσταλη", LABEL_SENT },
	{ "ημερομηνια", LABEL_SENT }, { "отправлено", LABEL_SENT }, { "дата", LABEL_SENT },
	{ "надіслано", LABEL_SENT }, { "відправлено", LABEL_SENT }, { "изпратено", LABEL_SENT },
	{ "送信日時", LABEL_SENT }, { "送信日", LABEL_SENT }, { "日時", LABEL_SENT },
	{ "日付", LABEL_SENT }, { "发送时间", LABEL_SENT }, { "发送日期", LABEL_SENT },
	{ "日期", LABEL_SENT }, { "傳送時間", LABEL_SENT }, { "寄件日期", LABEL_SENT },
	{ "發送日期", LABEL_SENT }, { "보낸 날짜", LABEL_SENT }, { "보낸날짜", LABEL_SENT },
	{ "날짜", LABEL_SENT }, { "تاريخ الإرسال", LABEL_SENT }, { "تم الإرسال", LABEL_SENT },
	{ "التاريخ", LABEL_SENT }, { "تاريخ", LABEL_SENT }, { "נשלח", LABEL_SENT },
	{ "תאריך", LABEL_SENT },

	{ "to", LABEL_TO }, { "at", LABEL_TO }, { "an", LABEL_TO }, { "empfanger", LABEL_TO },
	{ "a", LABEL_TO }, { "pour", LABEL_TO }, { "destinataire", LABEL_TO }, { "para", LABEL_TO },
	{ "per a", LABEL_TO }, { "destinatario", LABEL_TO }, { "aan", LABEL_TO },
	{ "ontvanger", LABEL_TO }, { "do", LABEL_TO }, { "adresat", LABEL_TO },
	{ "komu", LABEL_TO }, { "prijemce", LABEL_TO }, { "pro", LABEL_TO },
	{ "cimzett", LABEL_TO }, { "catre", LABEL_TO }, { "destinatar", LABEL_TO },
	{ "destinatarul", LABEL_TO }, { "till", LABEL_TO }, { "mottagare", LABEL_TO },
	{ "til", LABEL_TO }, { "modtager", LABEL_TO }, { "mottaker", LABEL_TO },
	{ "vastaanottaja", LABEL_TO }, { "saaja", LABEL_TO }, { "kellele", LABEL_TO },
	{ "kam", LABEL_TO }, { "prima", LABEL_TO }, { "primatelj", LABEL_TO }, { "za", LABEL_TO },
	{ "prejemnik", LABEL_TO }, { "kime", LABEL_TO }, { "alici", LABEL_TO },
	{ "alıcı", LABEL_TO }, { "προς", LABEL_TO }, { "кому", LABEL_TO },
	{ "получатель", LABEL_TO }, { "до", LABEL_TO }, { "宛先", LABEL_TO },
	{ "收件人", LABEL_TO }, { "收件者", LABEL_TO }, { "받는 사람", LABEL_TO },
	{ "받는사람", LABEL_TO }, { "إلى", LABEL_TO }, { "אל", LABEL_TO }, { "den", LABEL_TO },
	{ "kepada", LABEL_TO },

	{ "cc", LABEL_CC }, { "bcc", LABEL_CC }, { "copi", LABEL_CC }, { "kopie", LABEL_CC },
	{ "kopie (cc)", LABEL_CC }, { "copie", LABEL_CC }, { "copie a", LABEL_CC },
	{ "cci", LABEL_CC }, { "copia", LABEL_CC }, { "cco", LABEL_CC }, { "ccn", LABEL_CC },
	{ "dw", LABEL_CC }, { "udw", LABEL_CC }, { "do wiadomosci", LABEL_CC },
	{ "kopia", LABEL_CC }, { "masolat", LABEL_CC }, { "masolatot kap", LABEL_CC },
	{ "kopi", LABEL_CC }, { "kopio", LABEL_CC }, { "koopia", LABEL_CC }, { "kopija", LABEL_CC },
	{ "kp", LABEL_CC }, { "bilgi", LABEL_CC }, { "κοινοποιηση", LABEL_CC },
	{ "κοιν", LABEL_CC }, { "копия", LABEL_CC }, { "копія", LABEL_CC }, { "抄送", LABEL_CC },
	{ "副本", LABEL_CC }, { "참조", LABEL_CC }, { "نسخة", LABEL_CC }, { "עותק", LABEL_CC },
	{ "reply-to", LABEL_CC }, { "reply to", LABEL_CC }, { "antwort an", LABEL_CC },
	{ "repondre a", LABEL_CC }, { "importance", LABEL_CC }, { "priority", LABEL_CC },
	{ "sensitivity", LABEL_CC }, { "attachments", LABEL_CC }, { "wichtigkeit", LABEL_CC },
	{ "anlagen", LABEL_CC }, { "pieces jointes", LABEL_CC }, { "importancia", LABEL_CC },
	{ "bijlagen", LABEL_CC }, { "allegati", LABEL_CC }, { "sent by", LABEL_CC },
	{ "resent-from", LABEL_CC }, { "organization", LABEL_CC },

	{ "subject", LABEL_SUBJECT }, { "pwnc", LABEL_SUBJECT }, { "testun", LABEL_SUBJECT },
	{ "betreff", LABEL_SUBJECT }, { "betr", LABEL_SUBJECT }, { "objet", LABEL_SUBJECT },
	{ "sujet", LABEL_SUBJECT }, { "asunto", LABEL_SUBJECT }, { "assumpte", LABEL_SUBJECT },
	{ "tema", LABEL_SUBJECT }, { "assunto", LABEL_SUBJECT }, { "oggetto", LABEL_SUBJECT },
	{ "onderwerp", LABEL_SUBJECT }, { "temat", LABEL_SUBJECT }, { "predmet", LABEL_SUBJECT },
	{ "vec", LABEL_SUBJECT }, { "targy", LABEL_SUBJECT }, { "subiect", LABEL_SUBJECT },
	{ "subiectul", LABEL_SUBJECT }, { "amne", LABEL_SUBJECT }, { "arende", LABEL_SUBJECT },
	{ "emne", LABEL_SUBJECT }, { "efni", LABEL_SUBJECT }, { "aihe", LABEL_SUBJECT },
	{ "teema", LABEL_SUBJECT }, { "temats", LABEL_SUBJECT }, { "naslov", LABEL_SUBJECT },
	{ "zadeva", LABEL_SUBJECT }, { "konu", LABEL_SUBJECT }, { "θεμα", LABEL_SUBJECT },
	{ "тема", LABEL_SUBJECT }, { "относно", LABEL_SUBJECT }, { "件名", LABEL_SUBJECT },
	{ "题目", LABEL_SUBJECT }, { "主题", LABEL_SUBJECT }, { "主題", LABEL_SUBJECT },
	{ "主旨", LABEL_SUBJECT }, { "标题", LABEL_SUBJECT }, { "제목", LABEL_SUBJECT },
	{ "الموضوع", LABEL_SUBJECT }, { "موضوع", LABEL_SUBJECT }, { "נושא", LABEL_SUBJECT },
	{ "chu de", LABEL_SUBJECT }, { "perihal", LABEL_SUBJECT }, { NULL, LABEL_NONE }
};

/* Between dashes: Outlook's and Outlook Express's reply, web mailers'. */
const char *const body_originals[] = {
	"original message", "original appointment", "original email", "original mail",
	"reply message", "previous message", "neges wreiddiol", "ursprungliche nachricht",
	"original-nachricht", "originalnachricht", "originale nachricht",
	"urspruengliche nachricht", "ursprunglicher termin", "message d'origine",
	"message original", "mail original", "courriel original", "mensaje original",
	"missatge original", "mensagem original", "messaggio originale", "oorspronkelijk bericht",
	"origineel bericht", "oorspronkelijk e-mailbericht", "wiadomosc oryginalna",
	"oryginalna wiadomosc", "puvodni zprava", "puvodni e-mail", "povodna sprava",
	"povodny e-mail", "eredeti uzenet", "mesaj original", "mesajul original",
	"ursprungligt meddelande", "originalmeddelande", "oprindelig meddelelse",
	"oprindelig besked", "original meddelelse", "opprinnelig melding", "opprinnelig epost",
	"opprinnelig e-post", "upprunaleg skilabod", "alkuperainen viesti", "algne kiri",
	"algsonum", "originalkiri", "originala zina", "originalus laiskas", "pirminis laiskas",
	"izvorna poruka", "originalna poruka", "izvirno sporocilo", "ozgun ileti", "orijinal ileti",
	"orijinal mesaj", "αρχικο μηνυμα", "исходное сообщение",
	"оригинальное сообщение", "первоначальное сообщение",
	"вихідне повідомлення", "оригінальне повідомлення",
	"оригинално съобщение", "元のメッセージ", "元のメール", "オリジナルメッセージ",
	"原始邮件", "原始郵件", "原邮件", "邮件原件", "원본 메시지", "원본 메일",
	"الرسالة الأصلية", "رسالة أصلية", "הודעה מקורית", "thu goc", NULL
};

/* Between dashes, or alone with a colon: Gmail, Yahoo, Thunderbird, Apple Mail, HubSpot, Notes. */
const char *const body_forwards[] = {
	"forwarded message", "forwarded by", "begin forwarded message", "forwarded mail",
	"forwarded email", "start of forwarded message", "forwarded conversation",
	"neges wedi'i hanfon ymlaen", "weitergeleitete nachricht", "anfang der weitergeleiteten",
	"weitergeleitete e-mail", "weitergeleitet von", "message transfere", "message transmis",
	"debut du message", "courriel transfere", "mail transfere", "mensaje reenviado",
	"inicio del mensaje reenviado", "missatge reenviat", "inici del missatge reenviat",
	"mensagem encaminhada", "mensagem reencaminhada", "inicio da mensagem",
	"messaggio inoltrato", "inizio messaggio", "doorgestuurd bericht",
	"begin doorgestuurd bericht", "doorgestuurde mail", "przekazana wiadomosc",
	"przekazanej wiadomosci", "wiadomosc przesłana", "wiadomosc przekazana",
	"wiadomosc przekazywana", "poczatek przekazywanej", "preposlana zprava",
	"preposlany e-mail", "preposlana posta", "preposlana sprava", "zacatek preposlane",
	"zaciatok preposlanej", "tovabbitott uzenet", "tovabbitott level", "mesaj redirectionat",
	"mesajul redirectionat", "mesajului redirectionat", "mesaj transmis",
	"incepe mesajul redirectionat", "vidarebefordrat meddelande", "vidarebefordrat mejl",
	"vidarebefordrat brev", "borjan pa vidarebefordrat", "videresendt meddelelse",
	"videresendt besked", "videresendt melding", "videresendt e-post", "videresendt mail",
	"start pa videresendt", "begynnelse pa videresendt", "framsend skilabod",
	"valitetty viesti", "alku valitetty viesti", "valitetyn viestin alku",
	"valitetty sahkoposti", "edelleen lahetetty", "edastatud kiri", "edastatud sonum",
	"parsutita zina", "persiustas laiskas", "proslijeđena poruka",
	"zapocni proslijeđenu poruku", "prosleđena poruka", "posredovano sporocilo",
	"iletilen ileti", "yonlendirilmis mesajın", "yonlendirilen mesaj", "yonlendirilmis ileti",
	"iletilen mesaj", "iletilmis mesaj", "προωθημενο μηνυμα", "μηνυμα που προωθηθηκε",
	"αρχη προωθημενου μηνυματος", "пересылаемое сообщение",
	"пересланное сообщение", "перенаправленное сообщение",
	"начало переадресованного", "перенаправлене повідомлення",
	"переслане повідомлення", "початок листа, що пересилається",
	"початок пересланого", "пересилання листа", "препратено съобщение",
	"転送されたメッセージ", "転送メール", "転送メッセージ", "転送されたメール", "转发的邮件",
	"开始转发的邮件", "以下是转发的邮件", "以下為轉寄的郵件", "開始轉寄郵件", "转发邮件",
	"转发的消息", "被转发的邮件", "轉寄郵件", "轉寄的郵件", "轉寄訊息", "已轉寄郵件",
	"전달된 메시지", "전달한 메시지", "전달된 메일", "الرسالة المعاد توجيهها",
	"رسالة معاد توجيهها", "بداية الرسالة المعاد توجيهها",
	"رسالة تمت إعادة توجيهها", "הודעה שהועברה", "הודעה מועברת",
	"תחילת ההודעה שהועברה", "thu chuyen tiep", "pesan terusan", NULL
};

/* Before the date or the name. */
const char *const body_begins[] = {
	"on ", "ar ", "am ", "le ", "el ", "il ", "op ", "em ", "no dia ", "a ", "en ", "den ",
	"d. ", "dne ", "dna ", "dnia ", "w dniu ", "pe ", "la ", "in data ", "il giorno ", "στις ",
	"την ", "τη ", "в ", "во ", "на ", "у ", "dana ", "dne: ", "ut ", "klo ", "kuupaeval ",
	"在 ", "于 ", "於 ", "في ", "ב-", "ב ", "בתאריך ", "vao ", "pada ", "quoting ",
	"zitat von ", "citando a ", "citat fran ", "citeren ", "wiadomosc napisana ", NULL
};

const char *const body_wrotes[] = {
	"wrote", "writes", "sent the following", "ysgrifennodd", "schrieb", "geschrieben",
	"a ecrit", "ecrivait", "ecrit", "escribio", "va escriure", "ha scritto", "scrisse",
	"scriveva", "escreveu", "schreef", "geschreven", "napisał", "napisala", "napisała",
	"napisana przez", "pisze", "napsal", "napisal", "pise", "irta", "a scris", "skrev",
	"skrifadi", "skrifaði", "kirjoitti", "kirjutas", "rakstija", "rase", "je napisao",
	"napisao", "je napisal", "yazdı", "yazdi", "sunu yazdi", "sunu yazdı", "εγραψε", "написал",
	"пишет", "писал", "пише", "написав", "написала", "написа", "のメール",
	"書きました", "さんは書き", "写道", "寫道", "写到", "님이 작성", "작성", "كتب", "كتبت",
	"כתב", "da viet", "đa viet", "menulis", "quoting", "zitat von", "citando a", "citat fran",
	"citeren", NULL
};

const char *const body_behalf[] = {
	" on behalf of ", " im auftrag von ", " de la part de ", " en nombre de ", " per conto di ",
	" em nome de ", " namens ", " w imieniu ", NULL
};

/* The whole of a line, with a comma or not. */
const char *const body_closings[] = {
	"kind regards", "kindest regards", "best regards", "warm regards", "warmest regards",
	"regards", "many regards", "with kind regards", "with best regards", "with kindest regards",
	"with regards", "kr", "br", "rgds", "kind rgds", "best wishes", "with best wishes",
	"kindest wishes", "kind wishes", "best", "all the best", "very best", "very best wishes",
	"warm wishes", "warmest wishes", "many thanks", "thanks", "thank you", "thanks in advance",
	"many thanks in advance", "thank you in advance", "thank you in anticipation",
	"with thanks", "thanks again", "thx", "ta", "thank you very much", "thanks very much",
	"thanks a lot", "thank you for your help", "thanks for your help", "thank you so much",
	"thanks so much", "cheers", "yours sincerely", "yours faithfully", "yours truly", "yours",
	"sincerely", "sincerely yours", "respectfully", "with many thanks", "thanks and regards",
	"thanks & regards", "thanks and kind regards", "thanks and best regards",
	"thanks & kind regards", "thank you and kind regards", "thank you and best wishes",
	"many thanks and kind regards", "many thanks & kind regards", "thanks and best wishes",
	"take care", "cordially", "warmly", "cofion", "cofion gorau", "cofion cynnes", "diolch",
	"diolch yn fawr", "llawer o ddiolch", "yn gywir", "yr eiddoch yn gywir", "cofion / regards",
	"mit freundlichen grußen", "mit freundlichen gruessen", "mit freundlichen grussen",
	"freundliche gruße", "freundliche grusse", "mit freundlichem gruß", "viele gruße",
	"viele grusse", "liebe gruße", "liebe grusse", "beste gruße", "beste grusse",
	"herzliche gruße", "mit besten gruße", "mit besten gruben", "mit besten grußen",
	"schone gruße", "gruße", "gruß", "mfg", "lg", "vg", "hochachtungsvoll", "vielen dank",
	"danke", "vielen dank im voraus", "cordialement", "bien cordialement", "tres cordialement",
	"sinceres salutations", "meilleures salutations", "salutations distinguees", "salutations",
	"bien a vous", "bien a toi", "bonne journee", "merci", "merci d'avance", "merci beaucoup",
	"cdt", "cdlt", "amicalement", "saludos", "un saludo", "saludos cordiales",
	"un cordial saludo", "cordialmente", "atentamente", "atte", "gracias", "muchas gracias",
	"muchas gracias y un saludo", "salutacions", "cordiali saluti", "distinti saluti", "saluti",
	"un saluto", "un cordiale saluto", "grazie", "grazie mille", "atenciosamente",
	"cumprimentos", "com os melhores cumprimentos", "melhores cumprimentos", "obrigado",
	"obrigada", "abracos", "met vriendelijke groet", "met vriendelijke groeten",
	"vriendelijke groet", "vriendelijke groeten", "mvg", "groeten", "groet", "hartelijke groet",
	"bedankt", "alvast bedankt", "pozdrawiam", "z powazaniem", "serdecznie pozdrawiam",
	"do widzenia", "dziekuje", "pozdrowienia", "s pozdravem", "s pratelskym pozdravem",
	"zdravim", "dekuji", "s pozdravom", "dakujem", "udvozlettel", "tisztelettel", "koszonettel",
	"koszonom", "cu stima", "cu respect", "multumesc", "o zi buna", "med vanliga halsningar",
	"vanliga halsningar", "med vanlig halsning", "mvh", "halsningar", "tack", "tack pa forhand",
	"med venlig hilsen", "venlig hilsen", "venlige hilsner", "mange tak", "tak", "hilsen",
	"med vennlig hilsen", "vennlig hilsen", "beste hilsen", "pa forhand takk", "takk", "kveðja",
	"ystavallisin terveisin", "terveisin", "yt", "kiitos", "lugupidamisega",
	"parimate soovidega", "tervitades", "aitah", "ar cienu", "pagarbiai", "lijep pozdrav",
	"s postovanjem", "srdacan pozdrav", "pozdrav", "hvala", "lep pozdrav", "lp",
	"s spostovanjem", "saygılarımla", "saygilarimla", "iyi calısmalar", "tesekkurler",
	"με εκτιμηση", "φιλικα", "ευχαριστω", "с уважением", "спасибо", "з повагою",
	"дякую", "с уважение", "поздрави", "よろしくお願いします",
	"よろしくお願いいたします", "敬具", "此致", "谢谢", "祝好", "敬祝", "감사합니다",
	"مع التحية", "مع تحياتي", "شكرا", "תודה", "בברכה", "tran trong", NULL
};

const char *const body_devices[] = {
	"sent from my ", "sent from mail for", "sent from iphone", "sent from ipad",
	"sent from android", "sent from outlook", "sent from yahoo", "sent from samsung",
	"sent from a mobile", "sent from gmail", "sent from a phone", "sent from proton",
	"sent with proton", "sent from the all new aol", "sent from typeapp", "sent from bluemail",
	"sent from mymail", "sent from aol", "sent from workspace", "sent via the samsung",
	"sent using the mobile", "sent using outlook", "sent using mail", "sent on the move",
	"sent on the go", "get outlook for", "download outlook for", "get bluemail for",
	"yahoo mail: search", "anfonwyd o fy", "anfonwyd o'm", "gesendet mit der ", "gesendet von mein", "gesendet "
	    "von mail", "gesendet von outlook",
	"gesendet mit ", "von meinem ", "diese nachricht wurde von meinem",
	"holen sie sich outlook", "outlook fur ios", "outlook fur android", "envoye de mon",
	"envoye depuis", "envoye a partir de", "envoye a partir d'", "telecharger outlook",
	"telechargez outlook", "obtenir outlook", "obtenez outlook", "enviado desde",
	"enviado do meu", "enviado de mi", "enviado a partir", "enviat des", "obtener outlook",
	"obter o outlook", "obter outlook", "baixe o outlook", "inviato da iphone", "inviato da ipad", "inviato da "
	    "outlook", "inviato da posta", "inviato dal ",
	"inviato con ", "scarica outlook", "ottieni outlook", "verstuurd vanaf", "verzonden vanaf",
	"verzonden met", "verstuurd met", "outlook voor ios", "outlook voor android",
	"outlook downloaden", "wysłane z", "wysłano z", "wyslane z", "pobierz aplikacje outlook",
	"pobierz program outlook", "uzyskaj aplikacje outlook", "odeslano z", "ziskat outlook",
	"odoslane z", "ziskajte outlook", "az outlook ", "kuldve ", "elkuldve ", "trimis de pe",
	"trimis din", "obtineti outlook", "skickat fran min", "skickat fran outlook",
	"skickat fran mail", "hamta outlook", "skaffa outlook", "sendt fra min",
	"sendt fra outlook", "sendt fra mail", "sendt fra mobil", "hent outlook",
	"lahetetty iphone", "lahetetty ipad", "lahetetty outlook", "lahetetty puhelimesta",
	"lahetetty samsung", "hanki outlook", "saadetud minu", "hankige outlook", "poslano s",
	"poslano iz", "poslano z", "preuzmite outlook", "σταλθηκε απο το", "εσταλη απο",
	"отправлено с", "отправлено из", "отправлено через", "надіслано з",
	"надіслано із", "відправлено з", "发自我的", "发自", "從我的", "寄自", "傳送自",
	"나의 iphone", "나의 ipad", "나의 갤럭시", "أرسلت من", "أرسل من", "תשלח מ", "נשלח מה", "נשלח מ-", NULL
};

const char *const body_devices_end[] = {
	"iphone gesendet", "ipad gesendet", "handy gesendet", "smartphone gesendet",
	"gerat gesendet", "telefon gesendet", "iphone'umdan gonderildi", "ipad'imden gonderildi",
	"telefonumdan gonderildi", "uzerinden gonderildi", "dan gonderildi", "den gonderildi",
	"から送信", "에서 보냄", "에서 보냈습니다", "iphone-omrol kuldve", "telefonomrol kuldve",
	"ipademrol kuldve", NULL
};

/* The first word of a line that answers: no signature holds one. */
const char *const body_answers[] = {
	"approved", "approve", "agreed", "agree", "yes", "yep", "no ", "confirmed", "confirm",
	"accepted", "accept", "declined", "decline", "rejected", "reject", "refused", "refuse",
	"known", "unknown", "not known", "nil", "closed", "open to", "done", "complete", "allocate",
	"assign", "reassign", "extend", "exception", "hold", "ack", "stop", "cancel", "withdraw", "returned",
	"reviewed", "checked", "pause", "resume", "why", "help", "ok", "okay", "not approved",
	"not agreed", "i approve", "i agree", "i confirm", "i can confirm", "i have ", "i am ",
	"i will ", "i do ", "i don't", "i cannot", "we approve", "we agree", "we confirm",
	"we have ", "we will ", "please allocate", "please close", "please note that the",
	"please find", "cymeradwy", "cytuno", "iawn", NULL
};
