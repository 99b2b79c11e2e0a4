/**
 * Which part of a text math_verify 0.8.0 takes as the answer (parser.py): by priority, and within one priority the match that ends last. TRL reads the
 * completion as LaTeX behind a box or the word "answer" only, and takes the first match; the solution by the library's defaults, also as plain numbers.
 */
import { type Environment, environmentAt, environments } from './environments.ts';

export type Match =
  | { readonly kind: 'latex'; readonly start: number; readonly end: number; readonly parts: Environment['parts']; readonly box: boolean }
  | { readonly kind: 'expression'; readonly start: number; readonly end: number; readonly text: string }
  | { readonly kind: 'number'; readonly start: number; readonly end: number; readonly text: string; readonly percent: boolean };

/** Groups of matches, each best first. */
export function matchesInCompletion(text: string): Match[][] {
  const latex = behindAnswer(text);
  return [[...latex.hoped, ...boxes(text)], latex.final, latex.colon, latex.word].map(ordered);
}

export function matchesInGold(text: string): Match[][] {
  const latex = behindAnswer(text);
  const plain = environments(text, 'plain').map(asLatex);
  return [latex.hoped, [...latex.final, ...boxes(text)], latex.colon, latex.word, [...plain, ...numbers(text)]].map(ordered);
}

const ordered = (matches: Match[]) => matches.sort((a, b) => b.end - a.end || a.start - b.start);

const asLatex = ({ start, end, parts }: Environment): Match => ({ kind: 'latex', start, end, parts, box: false });

/** Environments that hold a box, and the plain box, which reaches to the last brace of the text. */
function boxes(text: string): Match[] {
  const found = environments(text, 'boxed').map(asLatex);
  const open = text.indexOf('\\boxed{');
  const close = text.lastIndexOf('}');
  if (open < 0 || close <= open + '\\boxed{'.length) return found;
  return [
    ...found,
    { kind: 'latex', start: open, end: close + 1, parts: [{ latex: text.slice(open, close + 1), percent: false }], box: true },
  ];
}

/** LaTeX within some characters of the word "answer", or right behind "final answer is". */
function behindAnswer(text: string) {
  const found: Record<'hoped' | 'final' | 'colon' | 'word', Match[]> = { hoped: [], final: [], colon: [], word: [] };
  const ends = { hoped: 0, final: 0, colon: 0, word: 0 };
  const take = (name: keyof typeof found, start: number, one: Environment | null, end = one?.end ?? 0) => {
    if (!one || start < ends[name]) return;
    ends[name] = end;
    found[name].push({ ...asLatex(one), start, end });
  };
  for (const { index } of text.matchAll(/answer/gi)) {
    const after = index + 'answer'.length;
    const begins = text.slice(Math.max(0, index - 6), index).toLowerCase() === 'final ' ? index - 6 : -1;
    if (begins >= 0) {
      const is = /^ is:?\s*/i.exec(text.slice(after, after + 60));
      const direct = is && environmentAt(text, after + is[0].length, 'plain');
      const hope = direct && /^\.?\s?I hope/.exec(text.slice(direct.end, direct.end + 20));
      if (hope) take('hoped', begins, direct, direct.end + hope[0].length);
      take('final', begins, afterIs(text, after));
    }
    if (text[after] === ':') take('colon', index, within(text, after + 1));
    take('word', index, within(text, after));
  }
  return found;
}

function within(text: string, from: number): Environment | null {
  for (let at = from; at <= Math.min(from + 50, text.length - 1); at++) {
    const one = environmentAt(text, at, 'plain');
    if (one) return one;
  }
  return null;
}

function afterIs(text: string, from: number): Environment | null {
  for (const found of text.slice(from, from + 140).matchAll(/\s+is:?\s*/g)) {
    if (found.index > 100) break;
    const one = environmentAt(text, from + found.index + found[0].length, 'plain');
    if (one) return one;
  }
  return null;
}

const NUMBER = String.raw`(?<!\d)(?:(?<integer1>-?[1-9]\d{0,2}(?:[ ,]\d{3})+)(?<decimal1>\.\d+)?|(?<integer2>-?\d+)(?<decimal2>[.,]\d+)|(?<decimal3>\.\d+)|(?<integer3>-?\d+))(?<percent>\s*(?:%|[Pp]ercent|\s*[Pp]ercentage|\s*[Pp]ct))?`;
const EXPRESSION = String.raw`-?\(?-?\d[\d.\s+\-*×/^()÷]*[+\-*×/^()÷][\d.\s+\-*×/^()÷]+\)?`;
const NUMBERS = new RegExp(String.raw`(?:^|\s|=)(?:\*\*)?[$€£¥₹₽₪₩₫฿₡₢₣₤₥₦₧₨₭₮₯₰₱₲₳₴₵₶₷₸₺₻₼₾₿]?${NUMBER}`, 'g');
const EXPRESSIONS = new RegExp(String.raw`(?:^|\s|=)(?:\*\*)?(?<expr>${EXPRESSION})(?:\*\*)?(?:\.|,|:|\s|\)|\$|$)`, 'g');

/** Plain numbers and sums, as far as solutions have them; behind "answer" they are found here too, being the last. */
function numbers(text: string): Match[] {
  const found: Match[] = [];
  for (const match of text.matchAll(EXPRESSIONS)) {
    found.push({ kind: 'expression', start: match.index, end: match.index + match[0].length, text: match.groups!.expr! });
  }
  for (const match of text.matchAll(NUMBERS)) {
    const groups = match.groups!;
    const whole = (groups.integer1 ?? groups.integer2 ?? groups.integer3 ?? '').replaceAll(/[ ,]/g, '');
    const decimals = (groups.decimal1 ?? groups.decimal2 ?? groups.decimal3 ?? '').replace(',', '.');
    found.push({
      kind: 'number',
      start: match.index,
      end: match.index + match[0].length,
      text: `${whole || '0'}${decimals}`,
      percent: groups.percent !== undefined,
    });
  }
  return found;
}
