/** A language as a small chip: a mark of its fixed hue and shape, its code, and its name as a tooltip. And its name, also in its own letters. */
import { Group, Text } from '@mantine/core';
import { languageCode, languageMark, languageTitle, ownName } from '../../state/languages.ts';
import { Foreign } from './foreign.tsx';
import classes from './parts.module.css';

/** The ground of a bar: hue and stripes. Goes on an element of its own, with `data-pattern`. */
export function languageBar(language: string | null): { className: string; 'data-pattern': number; style: { backgroundColor: string } } {
  const { hue, pattern } = languageMark(language);
  return { className: classes.pattern!, 'data-pattern': pattern, style: { backgroundColor: `var(--language-${hue})` } };
}

export function LanguageDot({ language, size = 9 }: { language: string | null; size?: number }) {
  const { hue, pattern } = languageMark(language);
  const style = { '--dot': `var(--language-${hue})`, '--dot-size': `${size}px` } as React.CSSProperties;
  return <span aria-hidden="true" className={classes.dot} data-pattern={pattern} style={style} />;
}

export function LanguageChip({ language, full = false }: { language: string | null; full?: boolean }) {
  return (
    <Group component="span" gap={5} wrap="nowrap" display="inline-flex" title={languageTitle(language)}>
      <LanguageDot language={language} />
      <Text component="span" size="xs" ff={full ? undefined : 'monospace'}>
        {full ? <LanguageName language={language} /> : languageCode(language)}
      </Text>
    </Group>
  );
}

/** A language as the dataset or a person named it; "Deutsch" is German, "Klingon" is anything. */
export function LanguageName({ language }: { language: string | null }) {
  return language ? <Foreign text={language} /> : 'None requested';
}

/** "German · Deutsch". */
export function LanguageTitle({ language }: { language: string | null }) {
  const own = ownName(language);
  if (!language || own === null) return <span>{language ? <Foreign text={language} /> : languageTitle(language)}</span>;
  return (
    <span>
      {language} · <Foreign text={own} language={language} />
    </span>
  );
}
