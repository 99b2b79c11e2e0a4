/** Rows by reasoning language: a stacked bar and its key; a click on either shows only those rows, a second click shows all. */
import { formatInteger, formatPlural } from '../../../lib/format.ts';
import { filterLanguage } from '../../../state/data-actions.ts';
import { languageTitle } from '../../../state/languages.ts';
import { LanguageDot, languageColor } from '../../parts/language-chip.tsx';
import { useData } from '../../use.ts';
import classes from './data.module.css';

export function LanguageBar({ languages }: { languages: Record<string, number> }) {
  const chosen = useData((d) => d.language);
  const entries = Object.entries(languages);
  if (entries.length === 0) return null;
  const toggle = (language: string) => void filterLanguage(chosen === language ? null : language);
  return (
    <div data-testid="language-bar">
      <div className={classes.bar} data-filtered={chosen !== null}>
        {entries.map(([language, rows]) => (
          <button
            key={language}
            type="button"
            style={{ flexGrow: rows, background: languageColor(language) }}
            aria-pressed={chosen === language}
            aria-label={`${languageTitle(language)}: ${formatPlural(rows, 'row')}`}
            title={`${languageTitle(language)}: ${formatPlural(rows, 'row')}`}
            onClick={() => toggle(language)}
          />
        ))}
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
            <span>{language || 'None requested'}</span>
            <span className="numbers">{formatInteger(rows)}</span>
          </button>
        ))}
      </div>
    </div>
  );
}
