/**
 * Rows by reasoning language: a stacked bar and its key; a click on either shows only those rows, a second click shows all. Of many languages
 * those with the most rows are drawn, the others are found in a list.
 */
import { Select } from '@mantine/core';
import { formatInteger, formatPlural } from '../../../lib/format.ts';
import { filterLanguage } from '../../../state/data-actions.ts';
import { languageTitle } from '../../../state/languages.ts';
import { LanguageDot, LanguageName, languageBar } from '../../parts/language-chip.tsx';
import { useData } from '../../use.ts';
import classes from './data.module.css';

const DRAWN = 24;
/** A Select has no empty values. */
const NONE = '\u0000';

export function LanguageBar({ languages }: { languages: Record<string, number> }) {
  const chosen = useData((d) => d.language);
  const all = Object.entries(languages);
  const [entries, others] = [all.slice(0, DRAWN), all.slice(DRAWN)];
  if (entries.length === 0) return null;
  const toggle = (language: string) => void filterLanguage(chosen === language ? null : language);
  return (
    <div data-testid="language-bar">
      <div className={classes.bar} data-filtered={chosen !== null}>
        {entries.map(([language, rows]) => (
          <button
            key={language}
            type="button"
            {...languageBar(language)}
            style={{ ...languageBar(language).style, flexGrow: rows }}
            aria-pressed={chosen === language}
            aria-label={`${languageTitle(language)}: ${formatPlural(rows, 'row')}`}
            title={`${languageTitle(language)}: ${formatPlural(rows, 'row')}`}
            onClick={() => toggle(language)}
          />
        ))}
        {others.length > 0 && (
          <span {...languageBar(null)} style={{ ...languageBar(null).style, flexGrow: others.reduce((sum, [, rows]) => sum + rows, 0) }} />
        )}
      </div>
      <div className={classes.keys}>
        {entries.map(([language, rows]) => (
          <button
            key={language}
            type="button"
            aria-pressed={chosen === language}
            onClick={() => toggle(language)}
            data-testid={`filter-${language || 'none'}`}
          >
            <LanguageDot language={language} />
            <LanguageName language={language} />
            <span className="numbers">{formatInteger(rows)}</span>
          </button>
        ))}
        {others.length > 0 && (
          <Select
            size="xs"
            w={190}
            searchable
            clearable
            limit={80}
            aria-label="Show only rows of another language"
            placeholder={`${formatInteger(others.length)} more languages`}
            data={others.map(([language, rows]) => ({
              value: language || NONE,
              label: `${language || 'None requested'} (${formatInteger(rows)})`,
            }))}
            value={others.some(([language]) => language === chosen) ? chosen || NONE : null}
            onChange={(value) => void filterLanguage(value === NONE ? '' : value)}
            data-testid="filter-others"
          />
        )}
      </div>
    </div>
  );
}
