/**
 * Language names as datasets write them (in English), with the code, the language's own name and one fixed hue each.
 * The hues of the bundled five are Okabe and Ito's colour-blind safe set; others take the rest in a fixed order by name. A hue is never the
 * only carrier of meaning: the name stands beside it.
 */
export interface Language {
  name: string;
  code: string;
  own: string;
}

const NAMES = `English en English|Spanish es Español|French fr Français|Italian it Italiano|German de Deutsch|Portuguese pt Português|Dutch nl Nederlands|Polish pl Polski|Czech cs Čeština|Slovak sk Slovenčina|Hungarian hu Magyar|Romanian ro Română|Bulgarian bg Български|Greek el Ελληνικά|Turkish tr Türkçe|Russian ru Русский|Ukrainian uk Українська|Serbian sr Српски|Croatian hr Hrvatski|Slovenian sl Slovenščina|Danish da Dansk|Swedish sv Svenska|Norwegian no Norsk|Finnish fi Suomi|Estonian et Eesti|Latvian lv Latviešu|Lithuanian lt Lietuvių|Icelandic is Íslenska|Irish ga Gaeilge|Welsh cy Cymraeg|Basque eu Euskara|Catalan ca Català|Galician gl Galego|Albanian sq Shqip|Armenian hy Հայերեն|Georgian ka ქართული|Arabic ar العربية|Hebrew he עברית|Persian fa فارسی|Urdu ur اردو|Hindi hi हिन्दी|Bengali bn বাংলা|Punjabi pa ਪੰਜਾਬੀ|Gujarati gu ગુજરાતી|Marathi mr मराठी|Tamil ta தமிழ்|Telugu te తెలుగు|Kannada kn ಕನ್ನಡ|Malayalam ml മലയാളം|Nepali ne नेपाली|Sinhala si සිංහල|Thai th ไทย|Vietnamese vi Tiếng Việt|Indonesian id Bahasa Indonesia|Malay ms Bahasa Melayu|Tagalog tl Tagalog|Chinese zh 中文|Japanese ja 日本語|Korean ko 한국어|Swahili sw Kiswahili|Hausa ha Hausa|Yoruba yo Yorùbá|Igbo ig Igbo|Zulu zu isiZulu|Amharic am አማርኛ|Afrikaans af Afrikaans`;

export const languages: readonly Language[] = NAMES.split('|').map((line) => {
  const [name = '', code = '', ...own] = line.split(' ');
  return { name, code, own: own.join(' ') };
});

const byName = new Map(languages.map((language) => [language.name.toLowerCase(), language]));

/** The two-letter code, or the first two letters of an unknown name; an en dash where none was requested. */
export function languageCode(name: string | null): string {
  if (!name) return '–';
  return byName.get(name.toLowerCase())?.code ?? name.slice(0, 2).toLowerCase();
}

/** "German" -> "German · Deutsch"; unknown names stay as they are. */
export function languageTitle(name: string | null): string {
  if (!name) return 'No language requested';
  const known = byName.get(name.toLowerCase());
  return known && known.own !== known.name ? `${known.name} · ${known.own}` : name;
}

/** Number of the fixed hue, 0..8, drawn by the CSS variables --language-N. 0 is the neutral one where none was requested. */
export function languageHue(name: string | null): number {
  if (!name) return 0;
  const fixed = ['english', 'spanish', 'french', 'italian', 'german'].indexOf(name.toLowerCase());
  if (fixed >= 0) return fixed + 1;
  let sum = 0;
  for (const char of name.toLowerCase()) sum = (sum * 31 + char.codePointAt(0)!) % 9973;
  return 6 + (sum % 3);
}
