/** One figure of a result: rows are languages, columns who answered; every number leads to its answers. */
import type { EvaluationTable } from '../../../protocol/evaluation-run.ts';
import { type AnswerFilter, BASE } from '../../../protocol/evaluation-run.ts';
import { FIGURES, type FigureName, figureText, NO_ESTIMATE, nameOfLanguage, unitText } from '../../../state/evaluation.ts';
import { lookAtAnswers } from '../../../state/evaluation-actions.ts';
import { languageTitle } from '../../../state/languages.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { LanguageDot, LanguageName } from '../../parts/language-chip.tsx';
import { useEvaluation } from '../../use.ts';
import classes from './evaluate.module.css';

/** A column of a table, in whichever result it is. */
export interface ShownColumn {
  key: string;
  evaluation: string;
  column: string;
  label: string;
  table: EvaluationTable;
  samples: number;
}

export function columnsOf(table: EvaluationTable, beside: EvaluationTable | null): ShownColumn[] {
  return [table, ...(beside ? [beside] : [])].flatMap((one) =>
    one.columns.map(({ id, label }) => ({
      key: `${one.record.id}/${id}`,
      evaluation: one.record.id,
      column: id,
      label: beside ? `${label}, ${one.record.name}` : label,
      table: one,
      samples: one.record.settings.samples,
    })),
  );
}

/** The languages of all columns; null stands for all of them together. */
export function rowsOf(columns: readonly ShownColumn[]): (string | null)[] {
  const languages = [...new Set(columns.flatMap(({ table }) => table.record.questions.map(({ language }) => language)))];
  return languages.length > 1 ? [...languages, null] : languages;
}

export function estimateOf({ table, column, samples }: ShownColumn, language: string | null, figure: FigureName) {
  const figures = table.columns.find(({ id }) => id === column)?.figures;
  const group = language === null ? figures?.all : figures?.languages[language];
  return { estimate: group ? FIGURES[figure].of(group, samples) : NO_ESTIMATE, group };
}

/** The answers that make the figure what it is. */
const BEHIND: Partial<Record<FigureName, AnswerFilter>> = {
  avg: 'wrong',
  pass: 'wrong',
  maj: 'wrong',
  given: 'wrong',
  parsed: 'unreadable',
  thought: 'other-language',
  thought_lines: 'other-language',
};

export function FigureTable({ table }: { table: EvaluationTable }) {
  const beside = useEvaluation((e) => e.beside);
  const figure = useEvaluation((e) => e.figure);
  const columns = columnsOf(table, beside);
  const unit = unitText(FIGURES[figure].unit);
  return (
    <table className={classes.table} data-testid="figure-table">
      <thead>
        <tr>
          <th scope="col">{unit}, with 95 % interval</th>
          {columns.map(({ key, label, column }) => (
            <th key={key} scope="col" data-base={column === BASE}>
              <Foreign text={label} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rowsOf(columns).map((language) => (
          <tr key={language ?? 'all'} data-all={language === null ? true : undefined} data-testid={`figures-${language ?? 'all'}`}>
            <th scope="row">{language === null ? 'All' : <RowName language={language} />}</th>
            {columns.map((column) => (
              <td key={column.key}>
                <Cell column={column} language={language} figure={figure} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function RowName({ language }: { language: string }) {
  const name = nameOfLanguage(language);
  return (
    <span title={languageTitle(name)} style={{ display: 'inline-flex', gap: 6, alignItems: 'center' }}>
      <LanguageDot language={name} />
      {name === null ? 'not named' : <LanguageName language={name} />}
    </span>
  );
}

function Cell({ column, language, figure }: { column: ShownColumn; language: string | null; figure: FigureName }) {
  const { unit } = FIGURES[figure];
  const {
    estimate: { mean, low, high },
    group,
  } = estimateOf(column, language, figure);
  const where = language === null ? 'all languages' : (nameOfLanguage(language) ?? 'no language');
  const number = figureText(mean, unit);
  const between = low === null || high === null ? '' : `${figureText(low, unit)}–${figureText(high, unit)}`;
  const { evaluation } = column;
  return (
    <button
      type="button"
      className={classes.number}
      disabled={!group || group.samples === 0}
      title={
        group ? `${group.questions} questions scored${group.unscored > 0 ? `, ${group.unscored} not` : ''}; opens the answers` : undefined
      }
      aria-label={`${column.label}, ${where}: ${number} ${unitText(unit)}${between && `, 95 % interval ${between}`}. Open the answers`}
      onClick={() => void lookAtAnswers({ evaluation, column: column.column, language, filter: BEHIND[figure] ?? 'all', page: 0 })}
      data-testid={`number-${column.column === BASE ? BASE : 'adapter'}-${language ?? 'all'}`}
    >
      <span>{number}</span>
      {between && <span className={classes.interval}>{between}</span>}
    </button>
  );
}
