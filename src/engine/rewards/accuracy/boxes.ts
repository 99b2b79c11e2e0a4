/**
 * The last box of a text. Braces are matched; a blank, or none at all, may stand before the content; `\fbox` is a box. Boxes parted only by a comma, "and"
 * or "or" are one list. A box that is not closed is cut off: the text has no answer.
 */
import { matchingBrace } from './clean.ts';
import { looksLikeWords } from './words.ts';

export interface Boxed {
  /** null for a box that is never closed. */
  readonly text: string | null;
}

interface Box {
  readonly start: number;
  readonly end: number;
  readonly inside: string;
}

const COMMAND =
  /\\(?:boxed|fbox|framebox)(?![a-zA-Z])\s*(?:\{|([-+]?\d[\d.,]*(?<=\d)|[a-zA-Z](?![a-zA-Z])|\\[dt]?frac\s*\d\s*\d|\\sqrt\s*\d+|\\[a-zA-Z]+(?:\{[^{}]*\}){0,2}))?/g;
/** All that may stand between two boxes of one answer, once signs of mathematics and spaces are gone. */
const BETWEEN =
  /^(?:,|,?(?:and|or|und|oder|et|ou|y|o|e|u|и|или|i|lub|ve|veya|và|hoặc|dan|atau|na|au|och|eller|of|en|og|tai|ja|و|أو|یا|और|या|এবং|বা|和|或|及|と|または|와|과|또는))$/i;
const MOST_BOXES = 40;

/** null where there is no box at all. */
export function lastBox(text: string): Boxed | null {
  const boxes: Box[] = [];
  let end = -1;
  for (const found of text.matchAll(COMMAND)) {
    // A box inside a box is its content.
    if (found.index < end) continue;
    const after = found.index + found[0].length;
    if (found[1] !== undefined) {
      end = after;
      boxes.push({ start: found.index, end, inside: found[1] });
    } else if (found[0].endsWith('{')) {
      const close = matchingBrace(text, after - 1);
      if (close < 0) return { text: null };
      end = close + 1;
      boxes.push({ start: found.index, end, inside: text.slice(after, close) });
    }
  }
  const last = boxes.at(-1);
  if (!last) return null;
  const joined = [last];
  for (let at = boxes.length - 2; at >= 0 && joined.length < MOST_BOXES; at--) {
    const box = boxes[at]!;
    const between = text
      .slice(box.end, joined[0]!.start)
      .replaceAll(/\\[,;: !]|\\q?quad|\\text\s*\{([^{}]*)\}|[\s$~]|\\[()[\]]/g, '$1')
      .replaceAll(/\s/g, '');
    if (!BETWEEN.test(between) || isWordsBox(box.inside)) break;
    joined.unshift(box);
  }
  const different = joined.filter((box, at) => joined.findIndex(({ inside }) => inside.trim() === box.inside.trim()) === at);
  if (different.length > 1) return { text: different.map(({ inside }) => inside).join(' , ') };
  return { text: last.inside + unitBehind(text.slice(last.end)) };
}

const isWordsBox = (inside: string) => looksLikeWords(inside.replaceAll(/\\text\s*\{([^{}]*)\}/g, '$1')) && !/\d/.test(inside);

/** A sign or unit right behind the box belongs to it: `\boxed{12}\%`, `\boxed{3}` km. */
export function unitBehind(rest: string): string {
  const [, degrees, percent, unit] =
    /^[\s$~]*(?:\\[,;: ])*(?:(\^\s*\{?\s*\\circ\s*\}?\s*C?|°C?)|(\\?%)|(?:\\(?:text|mathrm)\s*\{\s*)?((?:km|cm|mm|dm|kg|mg|ml|mL|km\/h|m\/s|cents?|dollars|euros?|hours?|minutes?|seconds?|days|weeks|months|years|meters|metres|miles|grams|liters|litres|feet|inches)(?:\^\{?[23]\}?|[²³])?)(?![\p{L}\d]))/u.exec(
      rest,
    ) ?? [];
  return degrees ?? percent ?? (unit ? ` ${unit}` : '');
}
