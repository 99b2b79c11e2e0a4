/**
 * Marks for templates without `{% generation %}`: a reply is what the template writes between the prompt for it and the end of its turn. Both are
 * found by rendering beginnings of the conversation. A turn that is written otherwise once later ones follow has no such place; it stays
 * unmarked, and the page says so.
 */
import { CLOSE, OPEN } from './generation-tags.ts';

/** Of each reply: the conversation before it with and without a prompt, and with it; null where the template refuses that. */
export function markReplies(text: string, prefixes: readonly (readonly (string | null)[])[]): string {
  let marked = '';
  let at = 0;
  for (const [prompt = null, before = null, upTo = null] of prefixes) {
    if (upTo === null || !text.startsWith(upTo)) continue;
    const begin = [prompt, before].find((one) => one !== null && upTo.startsWith(one))?.length;
    if (begin === undefined || begin < at) continue;
    marked += `${text.slice(at, begin)}${OPEN}${text.slice(begin, upTo.length)}${CLOSE}`;
    at = upTo.length;
  }
  return marked + text.slice(at);
}
