/** The same figure as bars: a group a language, a bar a column, its interval as a whisker. Nothing that the table does not say. */
import { Group, Text } from '@mantine/core';
import type { EvaluationTable } from '../../../protocol/evaluation-run.ts';
import { FIGURES, figureText, unitText } from '../../../state/evaluation.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { useEvaluation } from '../../use.ts';
import classes from './evaluate.module.css';
import { columnsOf, estimateOf, RowName, rowsOf } from './figure-table.tsx';

/** More bars than colours are told apart by. */
const MOST = 4;

export function FigureChart({ table }: { table: EvaluationTable }) {
  const beside = useEvaluation((e) => e.beside);
  const figure = useEvaluation((e) => e.figure);
  const columns = columnsOf(table, beside).slice(0, MOST);
  const rows = rowsOf(columns);
  const { unit } = FIGURES[figure];
  const found = rows.map((language) => columns.map((column) => estimateOf(column, language, figure).estimate));
  const most = unit === 'share' ? 1 : Math.max(1e-9, ...found.flat().map(({ mean, high }) => high ?? mean ?? 0));
  if (found.flat().every(({ mean }) => mean === null)) return null;
  const at = (value: number): string => `${(100 * value) / most}%`;
  return (
    <div aria-hidden="true" style={{ marginTop: 16 }} data-testid="figure-chart">
      <Group gap="md" mb={8}>
        {columns.map(({ key, label }, c) => (
          <Group key={key} gap={6} wrap="nowrap">
            <span className={classes.swatch}>
              <span className={classes.bar} data-column={c} style={{ inlineSize: '100%' }} />
            </span>
            <Text size="xs">
              <Foreign text={label} />
            </Text>
          </Group>
        ))}
      </Group>
      <div className={classes.chart}>
        {rows.map((language, r) => (
          <ChartRow key={language ?? 'all'} name={language === null ? 'All' : <RowName language={language} />}>
            {columns.map(({ key }, c) => {
              const { mean, low, high } = found[r]![c]!;
              return (
                <div key={key} className={classes.track}>
                  {mean !== null && <div className={classes.bar} data-column={c} style={{ inlineSize: at(mean) }} />}
                  {low !== null && high !== null && (
                    <div className={classes.whisker} style={{ insetInlineStart: at(low), inlineSize: at(high - low) }} />
                  )}
                </div>
              );
            })}
          </ChartRow>
        ))}
        <div className={classes.axis}>
          <span>0</span>
          <span>
            {figureText(most, unit)} {unitText(unit)}
          </span>
        </div>
      </div>
    </div>
  );
}

function ChartRow({ name, children }: { name: React.ReactNode; children: React.ReactNode }) {
  return (
    <>
      <span>{name}</span>
      <div className={classes.bars}>{children}</div>
    </>
  );
}
