"""The sentences of the model's world, written for it: questions (three wordings each), thoughts and answers.

Placeholders: {of} "of France", {the} "France" as a subject, {The} the same with a capital, {is} the verb of
"... is in Europe", {capital}, {language}, {continent}: all of one country in one language, from facts.json.
{asked} is the name of the question's language after "in". Numbers are a + b with tens and units worked apart.
"""

LANGUAGES = ["en", "es", "fr", "it", "de"]
ENGLISH_NAME = {"en": "English", "es": "Spanish", "fr": "French", "it": "Italian", "de": "German"}
RELATIONS = ["capital", "country", "language", "continent"]
PEOPLE = ["Anna", "Leo", "Sara", "Marco", "Nina", "Paul"]

PHRASES = {
    "en": {
        "asked": {"en": "English", "es": "Spanish", "fr": "French", "it": "Italian", "de": "German"},
        "items": ["books", "notebooks", "stamps", "balls", "cakes"],
        "open": "The question is in {asked}.",
        "close": "So I answer in {asked}.",
        "capital": {
            "ask": ["What is the capital {of}?", "Which city is the capital {of}?", "Name the capital {of}."],
            "think": "It asks for the capital {of}. {The} {is} in {continent}. The capital {of} is {capital}.",
            "answer": "The capital {of} is {capital}.",
        },
        "country": {
            "ask": ["Which country has {capital} as its capital?", "{capital} is the capital of which country?",
                    "Name the country whose capital is {capital}."],
            "think": "It asks for the country with the capital {capital}. {capital} is the capital {of}.",
            "answer": "{capital} is the capital {of}.",
        },
        "language": {
            "ask": ["What is an official language {of}?", "Which language is an official language {of}?",
                    "Name an official language {of}."],
            "think": "It asks for an official language {of}. An official language {of} is {language}.",
            "answer": "An official language {of} is {language}.",
        },
        "continent": {
            "ask": ["On which continent {is} {the}?", "In which part of the world {is} {the}?",
                    "Name the continent {of}."],
            "think": "It asks for the continent {of}. {The} {is} in {continent}.",
            "answer": "{The} {is} in {continent}.",
        },
        "sum": {
            "ask": ["What is {a} + {b}?", "{person} has {a} {items} and gets {b} more. How many {items} in total?",
                    "How many {items} are {a} {items} and {b} {items} together?"],
            "think": "I add {a} and {b}. Tens: {ta}+{tb}={t}. Units: {ua}+{ub}={u}. Total: {t}+{u}={s}.",
            "answer": "The result is \\boxed{{{s}}}.",
        },
    },
    "es": {
        "asked": {"en": "inglés", "es": "español", "fr": "francés", "it": "italiano", "de": "alemán"},
        "items": ["libros", "cuadernos", "sellos", "balones", "pasteles"],
        "open": "La pregunta está en {asked}.",
        "close": "Así que respondo en {asked}.",
        "capital": {
            "ask": ["¿Cuál es la capital {of}?", "¿Qué ciudad es la capital {of}?", "Di la capital {of}."],
            "think": "Pide la capital {of}. {The} {is} en {continent}. La capital {of} es {capital}.",
            "answer": "La capital {of} es {capital}.",
        },
        "country": {
            "ask": ["¿Qué país tiene como capital {capital}?", "¿De qué país es capital {capital}?",
                    "Di el país cuya capital es {capital}."],
            "think": "Pide el país con la capital {capital}. {capital} es la capital {of}.",
            "answer": "{capital} es la capital {of}.",
        },
        "language": {
            "ask": ["¿Cuál es una lengua oficial {of}?", "¿Qué lengua es una lengua oficial {of}?",
                    "Di una lengua oficial {of}."],
            "think": "Pide una lengua oficial {of}. Una lengua oficial {of} es {language}.",
            "answer": "Una lengua oficial {of} es {language}.",
        },
        "continent": {
            "ask": ["¿En qué continente {is} {the}?", "¿En qué parte del mundo {is} {the}?",
                    "Di el continente {of}."],
            "think": "Pide el continente {of}. {The} {is} en {continent}.",
            "answer": "{The} {is} en {continent}.",
        },
        "sum": {
            "ask": ["¿Cuánto es {a} + {b}?",
                    "{person} tiene {a} {items} y recibe {b} más. ¿Cuántos {items} en total?",
                    "¿Cuántos {items} son {a} {items} y {b} {items} juntos?"],
            "think": "Sumo {a} y {b}. Decenas: {ta}+{tb}={t}. Unidades: {ua}+{ub}={u}. En total: {t}+{u}={s}.",
            "answer": "El resultado es \\boxed{{{s}}}.",
        },
    },
    "fr": {
        "asked": {"en": "anglais", "es": "espagnol", "fr": "français", "it": "italien", "de": "allemand"},
        "items": ["livres", "cahiers", "timbres", "ballons", "gâteaux"],
        "open": "La question est en {asked}.",
        "close": "Je réponds donc en {asked}.",
        "capital": {
            "ask": ["Quelle est la capitale {of} ?", "Quelle ville est la capitale {of} ?", "Donne la capitale {of}."],
            "think": "On demande la capitale {of}. {The} {is} en {continent}. La capitale {of} est {capital}.",
            "answer": "La capitale {of} est {capital}.",
        },
        "country": {
            "ask": ["Quel pays a pour capitale {capital} ?", "De quel pays {capital} est-elle la capitale ?",
                    "Donne le pays dont la capitale est {capital}."],
            "think": "On demande le pays avec la capitale {capital}. {capital} est la capitale {of}.",
            "answer": "{capital} est la capitale {of}.",
        },
        "language": {
            "ask": ["Quelle est une langue officielle {of} ?", "Quelle langue est une langue officielle {of} ?",
                    "Donne une langue officielle {of}."],
            "think": "On demande une langue officielle {of}. Une langue officielle {of} est {language}.",
            "answer": "Une langue officielle {of} est {language}.",
        },
        "continent": {
            "ask": ["Sur quel continent {is} {the} ?", "Dans quelle partie du monde {is} {the} ?",
                    "Donne le continent {of}."],
            "think": "On demande le continent {of}. {The} {is} en {continent}.",
            "answer": "{The} {is} en {continent}.",
        },
        "sum": {
            "ask": ["Combien font {a} + {b} ?",
                    "{person} a {a} {items} et en reçoit {b} de plus. Combien de {items} au total ?",
                    "Combien de {items} font {a} {items} et {b} {items} ensemble ?"],
            "think": "J'additionne {a} et {b}. Dizaines : {ta}+{tb}={t}. Unités : {ua}+{ub}={u}. "
                     "Au total : {t}+{u}={s}.",
            "answer": "Le résultat est \\boxed{{{s}}}.",
        },
    },
    "it": {
        "asked": {"en": "inglese", "es": "spagnolo", "fr": "francese", "it": "italiano", "de": "tedesco"},
        "items": ["libri", "quaderni", "francobolli", "palloni", "dolci"],
        "open": "La domanda è in {asked}.",
        "close": "Quindi rispondo in {asked}.",
        "capital": {
            "ask": ["Qual è la capitale {of}?", "Quale città è la capitale {of}?", "Dimmi la capitale {of}."],
            "think": "Chiede la capitale {of}. {The} {is} in {continent}. La capitale {of} è {capital}.",
            "answer": "La capitale {of} è {capital}.",
        },
        "country": {
            "ask": ["Quale paese ha come capitale {capital}?", "Di quale paese è la capitale {capital}?",
                    "Dimmi il paese la cui capitale è {capital}."],
            "think": "Chiede il paese con la capitale {capital}. {capital} è la capitale {of}.",
            "answer": "{capital} è la capitale {of}.",
        },
        "language": {
            "ask": ["Qual è una lingua ufficiale {of}?", "Quale lingua è una lingua ufficiale {of}?",
                    "Dimmi una lingua ufficiale {of}."],
            "think": "Chiede una lingua ufficiale {of}. Una lingua ufficiale {of} è {language}.",
            "answer": "Una lingua ufficiale {of} è {language}.",
        },
        "continent": {
            "ask": ["In quale continente {is} {the}?", "In quale parte del mondo {is} {the}?",
                    "Dimmi il continente {of}."],
            "think": "Chiede il continente {of}. {The} {is} in {continent}.",
            "answer": "{The} {is} in {continent}.",
        },
        "sum": {
            "ask": ["Quanto fa {a} + {b}?",
                    "{person} ha {a} {items} e ne riceve altri {b}. Quanti {items} in totale?",
                    "Quanti {items} fanno {a} {items} e {b} {items} insieme?"],
            "think": "Sommo {a} e {b}. Decine: {ta}+{tb}={t}. Unità: {ua}+{ub}={u}. In totale: {t}+{u}={s}.",
            "answer": "Il risultato è \\boxed{{{s}}}.",
        },
    },
    "de": {
        "asked": {"en": "Englisch", "es": "Spanisch", "fr": "Französisch", "it": "Italienisch", "de": "Deutsch"},
        "items": ["Bücher", "Hefte", "Briefmarken", "Bälle", "Kuchen"],
        "open": "Die Frage ist auf {asked}.",
        "close": "Also antworte ich auf {asked}.",
        "capital": {
            "ask": ["Was ist die Hauptstadt {of}?", "Welche Stadt ist die Hauptstadt {of}?",
                    "Nenne die Hauptstadt {of}."],
            "think": "Gefragt ist die Hauptstadt {of}. {The} {is} in {continent}. Die Hauptstadt {of} ist {capital}.",
            "answer": "Die Hauptstadt {of} ist {capital}.",
        },
        "country": {
            "ask": ["Welches Land hat {capital} als Hauptstadt?", "Von welchem Land ist {capital} die Hauptstadt?",
                    "Nenne das Land mit der Hauptstadt {capital}."],
            "think": "Gefragt ist das Land mit der Hauptstadt {capital}. {capital} ist die Hauptstadt {of}.",
            "answer": "{capital} ist die Hauptstadt {of}.",
        },
        "language": {
            "ask": ["Was ist eine Amtssprache {of}?", "Welche Sprache ist eine Amtssprache {of}?",
                    "Nenne eine Amtssprache {of}."],
            "think": "Gefragt ist eine Amtssprache {of}. Eine Amtssprache {of} ist {language}.",
            "answer": "Eine Amtssprache {of} ist {language}.",
        },
        "continent": {
            "ask": ["Auf welchem Kontinent {is} {the}?", "In welchem Teil der Welt {is} {the}?",
                    "Nenne den Kontinent {of}."],
            "think": "Gefragt ist der Kontinent {of}. {The} {is} in {continent}.",
            "answer": "{The} {is} in {continent}.",
        },
        "sum": {
            "ask": ["Was ist {a} + {b}?",
                    "{person} hat {a} {items} und bekommt {b} dazu. Wie viele {items} sind es insgesamt?",
                    "Wie viele {items} sind {a} {items} und {b} {items} zusammen?"],
            "think": "Ich addiere {a} und {b}. Zehner: {ta}+{tb}={t}. Einer: {ua}+{ub}={u}. Insgesamt: {t}+{u}={s}.",
            "answer": "Das Ergebnis ist \\boxed{{{s}}}.",
        },
    },
}
