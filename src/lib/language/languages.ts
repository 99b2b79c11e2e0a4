/**
 * The languages that the page offers, and a few more that can be told apart. A line is the English name, the ISO 639-1 code (639-3 where there is
 * none), the scripts it is written in (ISO 15924), the ISO 639-3 code that franc knows it by, and the language's own name.
 */

export interface Language {
  readonly name: string;
  readonly code: string;
  readonly scripts: readonly string[];
  readonly iso3: string;
  readonly own: string;
}

const OFFERED = `
English en Latn eng English
Spanish es Latn spa Español
French fr Latn fra Français
Italian it Latn ita Italiano
German de Latn deu Deutsch
Portuguese pt Latn por Português
Dutch nl Latn nld Nederlands
Polish pl Latn pol Polski
Czech cs Latn ces Čeština
Slovak sk Latn slk Slovenčina
Hungarian hu Latn hun Magyar
Romanian ro Latn ron Română
Bulgarian bg Cyrl bul Български
Greek el Grek ell Ελληνικά
Turkish tr Latn tur Türkçe
Russian ru Cyrl rus Русский
Ukrainian uk Cyrl ukr Українська
Serbian sr Cyrl+Latn srp Српски
Croatian hr Latn hrv Hrvatski
Slovenian sl Latn slv Slovenščina
Danish da Latn dan Dansk
Swedish sv Latn swe Svenska
Norwegian no Latn nob Norsk
Finnish fi Latn fin Suomi
Estonian et Latn ekk Eesti
Latvian lv Latn lvs Latviešu
Lithuanian lt Latn lit Lietuvių
Icelandic is Latn isl Íslenska
Irish ga Latn gle Gaeilge
Welsh cy Latn cym Cymraeg
Basque eu Latn eus Euskara
Catalan ca Latn cat Català
Galician gl Latn glg Galego
Albanian sq Latn als Shqip
Armenian hy Armn hye Հայերեն
Georgian ka Geor kat ქართული
Arabic ar Arab arb العربية
Hebrew he Hebr heb עברית
Persian fa Arab pes فارسی
Urdu ur Arab urd اردو
Hindi hi Deva hin हिन्दी
Bengali bn Beng ben বাংলা
Punjabi pa Guru pan ਪੰਜਾਬੀ
Gujarati gu Gujr guj ગુજરાતી
Marathi mr Deva mar मराठी
Tamil ta Taml tam தமிழ்
Telugu te Telu tel తెలుగు
Kannada kn Knda kan ಕನ್ನಡ
Malayalam ml Mlym mal മലയാളം
Nepali ne Deva npi नेपाली
Sinhala si Sinh sin සිංහල
Thai th Thai tha ไทย
Lao lo Laoo lao ລາວ
Khmer km Khmr khm ខ្មែរ
Burmese my Mymr mya မြန်မာ
Vietnamese vi Latn vie Tiếng Việt
Indonesian id Latn ind Bahasa Indonesia
Malay ms Latn zlm Bahasa Melayu
Tagalog tl Latn tgl Tagalog
Chinese zh Hani cmn 中文
Japanese ja Kana+Hani jpn 日本語
Korean ko Hang kor 한국어
Swahili sw Latn swh Kiswahili
Hausa ha Latn hau Hausa
Yoruba yo Latn yor Yorùbá
Igbo ig Latn ibo Igbo
Zulu zu Latn zul isiZulu
Xhosa xh Latn xho isiXhosa
Sesotho st Latn sot Sesotho
Shona sn Latn sna chiShona
Kinyarwanda rw Latn kin Ikinyarwanda
Luganda lg Latn lug Luganda
Lingala ln Latn lin Lingála
Oromo om Latn gaz Afaan Oromoo
Ewe ee Latn ewe Eʋegbe
Twi tw Latn twi Twi
Wolof wo Latn wol Wolof
Vai vai Vaii vai ꕙꔤ
Amharic am Ethi amh አማርኛ
Afrikaans af Latn afr Afrikaans`;

/** Judged where a dataset or a person names them; without a place in the table of measured accuracy. */
const MORE = `
Azerbaijani az Latn azj Azərbaycan
Belarusian be Cyrl bel Беларуская
Macedonian mk Cyrl mkd Македонски
Kazakh kk Cyrl kaz Қазақ тілі
Kyrgyz ky Cyrl kir Кыргызча
Tajik tg Cyrl tgk Тоҷикӣ
Mongolian mn Cyrl khk Монгол
Kurdish ku Arab ckb کوردی
Pashto ps Arab pbu پښتو
Uyghur ug Arab uig ئۇيغۇرچە
Maithili mai Deva mai मैथिली
Bhojpuri bho Deva bho भोजपुरी
Sanskrit sa Deva san संस्कृतम्
Assamese as Beng asm অসমীয়া
Odia or Orya ory ଓଡ଼ିଆ
Tibetan bo Tibt bod བོད་ཡིག
Divehi dv Thaa div ދިވެހި
Tigrinya ti Ethi tir ትግርኛ
Yiddish yi Hebr ydd ייִדיש
Somali so Latn som Soomaali
Rundi rn Latn run Ikirundi
Chichewa ny Latn nya Chichewa
Tswana tn Latn tsn Setswana
Tsonga ts Latn tso Xitsonga
Swati ss Latn ssw siSwati
Venda ve Latn ven Tshivenḓa
Sepedi nso Latn nso Sepedi
Bemba bem Latn bem Ichibemba
Malagasy mg Latn plt Malagasy
Maltese mt Latn mlt Malti
Bosnian bs Latn bos Bosanski
Javanese jv Latn jav Basa Jawa
Sundanese su Latn sun Basa Sunda
Cebuano ceb Latn ceb Cebuano
Haitian ht Latn hat Kreyòl ayisyen
Esperanto eo Latn epo Esperanto
Uzbek uz Latn uzn Oʻzbek`;

export const offeredLanguages: readonly Language[] = read(OFFERED);
export const knownLanguages: readonly Language[] = [...offeredLanguages, ...read(MORE)];
export const languagesByCode: ReadonlyMap<string, Language> = new Map(knownLanguages.map((language) => [language.code, language]));

function read(lines: string): Language[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => {
      const [name, code, scripts, iso3, ...own] = line.split(' ') as [string, string, string, string, ...string[]];
      return { name, code, scripts: scripts.split('+'), iso3, own: own.join(' ') };
    });
}
