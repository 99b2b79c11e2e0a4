/**
 * The sentence a model introduces itself with, where its own chat_template.jinja has another default than gpt-oss. The template is only searched
 * for that one string, never run, and in one pass: a template is a foreign file, and a regular expression for this took quadratic time.
 */
import { STOCK_IDENTITY } from './system.ts';

/** `model_identity = "..."` or `... else "..."`: the text of the first such assignment. */
export function defaultIdentity(chatTemplate: string | undefined): string {
  const template = withoutComments(chatTemplate ?? '');
  const name = /\bmodel_identity\b/g;
  for (let hit = name.exec(template); hit; hit = name.exec(template)) {
    const stop = firstOf(template, /["'{}]/g, name.lastIndex);
    const found = quotedText(template, name.lastIndex, stop);
    if (found !== null) return found;
    // Names between here and `stop` would meet the same quote or bracket, nearer to it: they fail as this one did.
    name.lastIndex = stop;
  }
  return STOCK_IDENTITY;
}

/** The text in the quotes that open at `quote`, where `=` or `else` stands before them, after `from`. */
function quotedText(template: string, from: number, quote: number): string | null {
  const mark = template[quote];
  if (mark !== '"' && mark !== "'") return null;
  const before = template.slice(from, quote).trimEnd();
  if (!before.endsWith('=') && !/(?:^|\W)else$/.test(before.slice(-5))) return null;
  const end = firstOf(template, mark === '"' ? /["\\\n]/g : /['\\\n]/g, quote + 1);
  return template[end] === mark && end > quote + 1 ? template.slice(quote + 1, end) : null;
}

function withoutComments(template: string): string {
  let text = '';
  for (let at = 0; ; ) {
    const open = template.indexOf('{#', at);
    const close = open < 0 ? -1 : template.indexOf('#}', open + 2);
    if (close < 0) return text + template.slice(at);
    text += template.slice(at, open);
    at = close + 2;
  }
}

function firstOf(text: string, pattern: RegExp, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? text.length;
}
