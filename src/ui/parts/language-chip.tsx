/** A language as a small chip: a dot of its fixed hue, its code, and its name as a tooltip. */
import { Group, Text } from '@mantine/core';
import { languageCode, languageHue, languageTitle } from '../../state/languages.ts';

export function languageColor(language: string | null): string {
  return `var(--language-${languageHue(language)})`;
}

export function LanguageDot({ language, size = 9 }: { language: string | null; size?: number }) {
  return (
    <span
      aria-hidden="true"
      style={{ display: 'inline-block', flex: 'none', width: size, height: size, borderRadius: '50%', background: languageColor(language) }}
    />
  );
}

export function LanguageChip({ language, full = false }: { language: string | null; full?: boolean }) {
  return (
    <Group component="span" gap={5} wrap="nowrap" display="inline-flex" title={languageTitle(language)}>
      <LanguageDot language={language} />
      <Text component="span" size="xs" ff={full ? undefined : 'monospace'}>
        {full ? (language === null || language === '' ? 'None requested' : language) : languageCode(language)}
      </Text>
    </Group>
  );
}
