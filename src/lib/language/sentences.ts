/**
 * A chain of thought -> the pieces of it that have a language. Mathematics, code, LaTeX, addresses and quotations have none, and fragments
 * such as "Tens:" are too short: they are read together with the sentence before them.
 */

const NO_PROSE = [
  /```[\s\S]*?(?:```|$)/g,
  /`[^`\n]*`/g,
  /\$\$[\s\S]*?\$\$/g,
  /\\\[[\s\S]{0,5000}?\\\]/g,
  /\\\([\s\S]{0,5000}?\\\)/g,
  /\\begin\{(\w{1,40}\*?)\}[\s\S]{0,5000}?\\end\{\1\}/g,
  // Between single dollars only what looks like a formula, or what Pandoc takes for one: "$5 and $6" are prices.
  /\$(?=[^$\n]*[\\^_=+<>])[^$\n]{1,300}\$/g,
  /\$(?! )[^$\n]{0,100}[^$\s]\$(?!\d)/g,
  /\\(?:boxed|text|frac|sqrt|mathrm)\s*(?:\{[^{}]*\})+/g,
  /\\[a-zA-Z]+/g,
  /<\|[a-z0-9_]+\|>/g,
  /https?:\/\/\S+/g,
  /(?<![^\s@])[^\s@]{1,64}@[^\s@.]{1,100}\.\S+/g,
];

const NO_LANGUAGE = [
  ...NO_PROSE,
  // Variables and units stand beside numbers and signs: "x = 5 cm", "2n + 1", "f(x)". A lone "a" or "y" may be a word.
  /(?<![\p{L}\p{M}'’])[a-z](?=\s*[=+*/^<>≤≥≠×·÷−]|\s+-\s|\([a-z\d])/giu,
  // Looking back from a letter only: from every space of a long run it took quadratic time.
  /[a-z](?<=[=+*/^<>≤≥≠×·÷−]\s*[a-z]|\d[a-z])(?![\p{L}\p{M}'’])/giu,
  /(?<=\()[a-z](?=\))/giu,
  /(?<=\d\s?)(?:[mckd]?m|[mk]?g|[mcd]?l|km\/h)(?![\p{L}\p{M}'’])/giu,
  /(?<![\p{L}\p{M}])(?:sin|cos|tan|log|ln|lim|mod|gcd|lcm|sqrt|max|min|det)(?=\s*[(\d]|\s+[a-z](?![\p{L}\p{M}]))/giu,
  /[\p{N}\p{Sm}*/^_|~#<>{}[\]\\]+/gu,
];

const QUOTATION = /"[^"\n]{1,400}"|“[^”\n]{1,400}”|„[^“”\n]{1,400}[“”]|«[^»\n]{1,400}»|「[^」\n]{1,400}」/g;

/** The text without code, formulas and addresses. */
export function proseOf(text: string): string {
  return NO_PROSE.reduce((rest, pattern) => rest.replaceAll(pattern, ' '), text);
}

/** Bytes of letters that a detector needs; four Chinese characters are as much as twelve Latin letters. */
const ENOUGH = 12;

export function sentencesOf(text: string, locale: string): string[] {
  const plain = NO_LANGUAGE.reduce((rest, pattern) => rest.replaceAll(pattern, ' '), text);
  const unquoted = plain.replaceAll(QUOTATION, ' ');
  // A text that is all quotation is judged by what it quotes.
  const judged = letterBytes(unquoted) * 3 < letterBytes(plain) ? plain : unquoted;
  const sentences: string[] = [];
  let fragment = '';
  for (const piece of split(judged, locale)) {
    const sentence = `${fragment} ${piece}`.replaceAll(/\s+/g, ' ').trim();
    if (letterBytes(piece) === 0) continue;
    if (letterBytes(sentence) >= ENOUGH) {
      sentences.push(sentence);
      fragment = '';
    } else if (sentences.length > 0) sentences.push(`${sentences.pop()} ${piece.trim()}`);
    else fragment = sentence;
  }
  if (fragment !== '') sentences.push(fragment);
  return sentences;
}

/** A segmenter's time grows with the square of a line's sentences. */
const LONGEST_LINE = 8192;

function inPieces(line: string): string[] {
  if (line.length <= LONGEST_LINE) return [line];
  return Array.from({ length: Math.ceil(line.length / LONGEST_LINE) }, (_, i) => line.slice(i * LONGEST_LINE, (i + 1) * LONGEST_LINE));
}

function split(text: string, locale: string): string[] {
  const lines = text
    .split(/[\n\r\u2028\u2029\u0085]+/)
    .filter((line) => /\p{L}/u.test(line))
    .flatMap(inPieces);
  if (typeof Intl.Segmenter !== 'function') return lines.flatMap((line) => line.match(/[^.!?。！？।؟]+[.!?。！？।؟…]*/g) ?? []);
  const segmenter = new Intl.Segmenter(locale, { granularity: 'sentence' });
  return lines.flatMap((line) => Array.from(segmenter.segment(line), ({ segment }) => segment));
}

export function letterBytes(text: string): number {
  let bytes = 0;
  for (const [letter] of text.matchAll(/\p{L}/gu)) {
    const code = letter.codePointAt(0)!;
    bytes += code < 0x250 ? 1 : code < 0x800 ? 2 : 3;
  }
  return bytes;
}
