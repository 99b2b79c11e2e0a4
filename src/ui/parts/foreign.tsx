/**
 * Text that is not the page's own: rows, thoughts, answers, samples, names. It carries its language and direction, and characters that are not seen
 * but change what is (lib/invisible) are shown as marks, in place of the characters themselves. Never parsed as HTML.
 */

import { cutAtInvisible } from '../../lib/invisible.ts';
import { type TextAttributes, textAttributes } from '../../lib/language/attributes.ts';
import classes from './parts.module.css';

/** `lang` and `dir` for an element that holds such a text. A thought that was judged to be mostly in another language is not said to be in this one. */
export function foreign(text: string, language?: string | null, share?: number | null): TextAttributes {
  return textAttributes(text, typeof share === 'number' && share < 0.5 ? null : language);
}

/** The text with its unseen characters as marks; `all`: also the joiners that a script needs. */
export function Marked({ text, all = false }: { text: string; all?: boolean }) {
  let at = 0;
  return cutAtInvisible(text, all).map((piece) => {
    const key = at++;
    return typeof piece === 'string' ? (
      piece
    ) : (
      <span key={key} className={classes.unseen} dir="ltr" title={piece.name} data-testid="unseen">
        {piece.code}
      </span>
    );
  });
}

/** Inside a line of the page's own: a name, a question, a language's own name. */
export function Foreign({ text, language }: { text: string; language?: string | null }) {
  return (
    <bdi {...foreign(text, language)}>
      <Marked text={text} />
    </bdi>
  );
}
