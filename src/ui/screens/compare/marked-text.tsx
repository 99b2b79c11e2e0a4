/** A thought with its sentences tinted by the language each is in; the name is its tooltip. Plain while it grows: a half sentence has no language yet. */
import { useEffect, useState } from 'react';
import { languageName } from '../../../lib/language/names.ts';
import type { MarkedSentence } from '../../../protocol/generation.ts';
import { markThought } from '../../../state/compare-actions.ts';
import { languageMark, languageTitle } from '../../../state/languages.ts';
import { Marked } from '../../parts/foreign.tsx';
import classes from './compare.module.css';

interface Props {
  text: string;
  /** The requested one; '' requests none. */
  language: string;
  share: number | null;
  ended: boolean;
}

export function MarkedText({ text, language, share, ended }: Props) {
  const sentences = useMarks({ text, language, share, ended });
  if (!sentences) return <Marked text={text} />;
  return sentences.map(({ at, text: sentence, code }) => {
    if (code === null) return <Marked key={at} text={sentence} />;
    const name = languageName(code);
    const space = sentence.length - sentence.trimEnd().length;
    return (
      <span key={at}>
        <mark
          className={classes.sentence}
          style={{ '--tint': `var(--language-${languageMark(name).hue})` } as React.CSSProperties}
          lang={code}
          title={languageTitle(name)}
          data-foreign={language !== '' && name !== language}
        >
          <Marked text={sentence.trimEnd()} />
        </mark>
        {space > 0 && sentence.slice(-space)}
      </span>
    );
  });
}

/** The sentences with their languages; null until they are known. */
export function useMarks({ text, language, share, ended }: Props): MarkedSentence[] | null {
  const [marked, setMarked] = useState<{ text: string; sentences: MarkedSentence[] } | null>(null);
  useEffect(() => {
    if (!ended || text === '') return;
    let current = true;
    void markThought(text, language, share).then((sentences) => current && setMarked({ text, sentences }));
    return () => {
      current = false;
    };
  }, [text, language, share, ended]);
  return ended && marked?.text === text && marked.sentences.length > 0 ? marked.sentences : null;
}
