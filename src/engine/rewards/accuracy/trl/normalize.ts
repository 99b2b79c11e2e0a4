/**
 * LaTeX as latex2sympy2_extended 1.10.2 cleans it before reading (math_normalization.py): the last boxes joined, fonts and signs of money removed, units cut
 * off the end whether they matter or not. `repair`: malformed fractions and roots too, which TRL asks for in the solution alone.
 */

export interface Cleaning {
  readonly boxes: 'all' | 'last';
  readonly repair: boolean;
}

const UNITS =
  'integerpoint|feet|sue|digit|pound|meal|edge|student|children ticket|multiple|east|degree|mph|kmph|ft|m square| m east|sq m|deg|mile|q .|monkey|prime|ratio|profit of rs|rd|o|gm|p . m|lb|tile|per|dm|lt|gain|ab|way|west|a .|b .|c .|d .|e .|f .|g .|h .|t|h|no change|men|soldier|pie|bc|excess|st|inches|noon|cent|by|gal|kmh|c|acre|rise|a . m|th|π r 2|sq|mark|l|toy|coin|sq . m|gallon|° f|profit|minw|yr|women|am|pm|hr|cu cm|square|are|rupee|rounds|cubic|cc|mtr|s|ohm|number|day|hour|minute|min|second|man|woman|sec|cube|mt|sq inch|mp|hectare|more|unit|cu . m|cm 2|rs .|rs|kg|g|month|km|m|cm|mm|apple|liter|loss|yard|pure|year|increase|decrease|d|less|Surface|litre|pi sq m|s .|metre|meter|inch';
const UNIT_AT_END = new RegExp(`(\\d|\\}|\\s)\\s*(?:(?:${UNITS})(?:s|es)?)\\s*$`);
const WORD_UNIT_AT_END = /\\(?:text|mbox)\{.*?\}(?:\^\d|\{\^\d\})?$/;

const REPLACED: readonly (readonly [RegExp, string])[] = [
  [/\\math(?:rm|it|bf)/g, '\\text'],
  [/\\text(?:normal|bf|it|rm)/g, '\\text'],
  [/\\[dtc]frac/g, '\\frac'],
  [/\s\./g, ' 0.'],
  [/\{\./g, '{0.'],
  [/~=/g, '\\approx'],
  [/\s*\{\s*,\s*\}/g, ','],
  [/,?\s*\\text\{\s*(?:and|or)\s*\}/g, ','],
  [/(?<![a-zA-Z])(?:,?\s*(?:and|or))(?![a-zA-Z])/g, ','],
  [/(?<!\\)\\\s/g, ' '],
  [/infinity/g, '\\infty'],
  [/,?\\ldots/g, ' '],
  [/\\text\{percentage\}|\s*percentage/g, '\\%'],
  [/\\text\{percent\}|\s*percent/g, '\\%'],
  [/\\text\{pct\}|\s*pct/g, '\\%'],
  [/(?<![\\a-z])inf(?!inity|ty)/g, '\\infty'],
  [/ sqrt/g, '\\sqrt'],
];

const REPAIRED: readonly (readonly [RegExp, string])[] = [
  [/\^\s?\(([^()]*)\)/g, '^{$1}'],
  [/(?<!\\)sqrt\s?\(([^()]*)\)/g, '\\sqrt{$1}'],
  [/\\frac\s?(\d)\s?(\d+)/g, '\\frac{$1}{$2}'],
  [/\\frac\s?\{([^{}]*)\}\s?(\d)/g, '\\frac{$1}{$2}'],
  [/\\frac\s?(\d)\s?\{([^{}]*)\}/g, '\\frac{$1}{$2}'],
  [/\\sqrt\s?(\d)/g, '\\sqrt{$1}'],
  [/\\sqrt\s*([a-zA-Z])/g, '\\sqrt{$1}'],
];

export function normalize(latex: string, { boxes, repair }: Cleaning): string {
  let text = withoutBoxes(latex, boxes);
  text = text.replaceAll(/\\m?(?:left|right)(?=\\?[{}|[\]().]|\\[a-z])/g, '');
  text = text.replaceAll(/\\mathrm\{th\}|\\!\s*|\\text\s*\{\s*\}|\\\$|\$|(?<!\\)["']|\\displaystyle/g, '');
  for (const [pattern, replacement] of REPLACED) text = text.replaceAll(pattern, replacement);
  text = text.replaceAll(/[\n\t]/g, ' ');
  if (!text.includes('matrix')) text = text.replaceAll(/\\\\(?=[a-zA-Z])/g, '\\');
  text = shortened(text, (one) => one.replace(WORD_UNIT_AT_END, '').trim());
  for (let round = 0; round < 2; round++) text = shortened(text, (one) => one.replace(UNIT_AT_END, '$1'));
  if (repair) {
    for (const [pattern, replacement] of REPAIRED) text = text.replaceAll(pattern, replacement);
    if (text.startsWith('.')) text = `0${text}`;
  }
  return text.trim();
}

function shortened(text: string, by: (text: string) => string): string {
  const shorter = by(text);
  return shorter === '' ? text : shorter;
}

/** Boxes from the last one back: all of them, or those that stand close or are joined by a word that holds "and" or "or". */
function withoutBoxes(text: string, mode: 'all' | 'last'): string {
  const found: string[] = [];
  let end = text.length;
  let nextStart: number | null = null;
  for (;;) {
    const start = Math.max(text.lastIndexOf('\\boxed', end - 1), text.lastIndexOf('\\fbox', end - 1));
    if (start < 0 || end <= 0) break;
    const command = text.startsWith('\\boxed', start) ? 6 : 5;
    const open = start + command + /^\s*/.exec(text.slice(start + command))![0].length;
    if (text[open] !== '{') {
      if (found.length === 0) found.push(text.slice(open));
      break;
    }
    const close = closing(text, open, end);
    if (close < 0) {
      if (found.length === 0) found.push(text.slice(open));
      break;
    }
    const inside = text.slice(open + 1, close).trim();
    if (mode === 'last' && nextStart !== null && !joined(text.slice(close + 1, nextStart), inside, found.at(-1)!)) break;
    found.push(inside);
    nextStart = start;
    end = start;
  }
  return found.length === 0 ? text : found.reverse().join(',');
}

const joined = (between: string, one: string, next: string) =>
  between.length < 10 || (one !== next && between.length < 70 && /and|or|,|;/.test(between));

function closing(text: string, open: number, end: number): number {
  let depth = 0;
  for (let at = open; at < end; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return at;
  }
  return -1;
}
