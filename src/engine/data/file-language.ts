/**
 * The language of a file of questions by its path: "mgsm_de.tsv", "test_English.json", "amh/test.tsv", "sw/top.parquet". Short words that are also codes
 * count only where sets put codes, and a path that names two languages names none.
 */
import { languageCode } from '../../lib/language/index.ts';
import { languageNamed } from './language-names.ts';

/** English words and parts of names that are codes of languages as well. */
const WORDS = new Set(
  'my no is it to or as am so he be hi me ok pa ma an in us we do go at by on of if up and the all dev test train val low top high mid set gold mini math gsm eval data new old raw tab sub sum fix run tmp bin lib doc'.split(
    ' ',
  ),
);
const ENDINGS = /\.(gz|parquet|jsonl|ndjson|json|csv|tsv|tab|txt)$/i;
/** As rows of a plan's stage are called after their dataset. */
const STAGE = /, stage \d+$/;

/** Code where it is one that is known here, else as languages are written; null where nothing says. */
export function pathLanguage(path: string): string | null {
  const parts = path
    .split('/')
    .map((part, at, all) => (at === all.length - 1 ? part.replace(ENDINGS, '').replace(ENDINGS, '').replace(STAGE, '') : part));
  for (const part of parts.reverse()) {
    const found = partLanguage(part);
    if (found !== null) return found;
  }
  return null;
}

function partLanguage(part: string): string | null {
  const whole = nameOf(part, true);
  if (whole !== null) return whole;
  // Numbers at the end, as of shards, say nothing.
  const tokens = part.split(/[-_. ]+/).filter((token) => token !== '' && !/^\d+$/.test(token) && token !== 'of');
  const found = new Set(
    tokens.map((token, at) => nameOf(token, at === tokens.length - 1 && tokens.length > 1)).filter((one) => one !== null),
  );
  return found.size === 1 ? [...found][0]! : null;
}

/** `last`: where "is" and "no" are codes after all, as in "mgsm_no.tsv". */
function nameOf(token: string, last: boolean): string | null {
  const lower = token.toLowerCase();
  if (token.length < 2 || (WORDS.has(lower) && !(last && token.length === 2))) return null;
  if (token.length === 2 || token.length === 3) return languageOfText(lower);
  return /^\p{L}+$/u.test(token) && languageNamed(token) !== null ? languageOfText(token) : null;
}

/** What a column, a path or a person calls a language -> its code; as written where it is none that is known here; null where it names none. */
export function languageOfText(text: string): string | null {
  const name = languageNamed(text);
  if (name === null) return null;
  return languageCode(text) ?? languageCode(name) ?? text.trim();
}
