/** The tokens of an answer one by one, for people to look at: the text that each completes, and where it stands. */
import type { TokenChanges, TokenPlace } from '../../../protocol/rollouts.ts';
import type { ReplyText } from '../../chat/format.ts';
import type { TextModel } from '../../chat/open-text.ts';
import { tokenTexts } from '../../tokens/detokenizer.ts';

export type Text = Pick<TextModel, 'tokenizer' | 'format'>;

/** The tokens of an answer to `prompt`, and where each stands. */
export function tokensOf({ tokenizer, format }: Text, prompt: Uint32Array, ids: Uint32Array): Pick<TokenChanges, 'texts' | 'places'> {
  return { texts: tokenTexts(tokenizer, ids), places: placesOf({ tokenizer, format }, prompt, ids) };
}

const PARTS = ['thinking', 'content', 'rest'] as const satisfies (keyof ReplyText)[];

/**
 * By the reader of replies: a token stands where the text grew that it, or the next one, completed. Text before a control token that became part of
 * none, such as the name of a channel, belongs to the control tokens.
 */
function placesOf({ tokenizer, format }: Text, prompt: Uint32Array, ids: Uint32Array): TokenPlace[] {
  const places = Array.from(ids, (): TokenPlace => 'control');
  const stream = format.reply(tokenizer, prompt);
  let lengths = PARTS.map((part) => stream[part].length);
  let held = 0;
  ids.forEach((id, at) => {
    stream.push([id]);
    const now = PARTS.map((part) => stream[part].length);
    const grown = PARTS.findIndex((_, part) => now[part]! > lengths[part]!);
    lengths = now;
    if (tokenizer.isSpecial(id)) held = at + 1;
    else if (grown >= 0) {
      places.fill(PARTS[grown]!, held, at + 1);
      held = at + 1;
    }
  });
  return places;
}
