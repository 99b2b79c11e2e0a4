/** The rows, virtualised: number in the file, language, first words of the question, tokens, and a mark where there is a problem. */
import { Group, Paper, Text, Title } from '@mantine/core';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import { formatInteger, formatPlural } from '../../../lib/format.ts';
import { withVisible } from '../../../lib/invisible.ts';
import { type DatasetSummary, RowFate, type RowSummary } from '../../../protocol/dataset.ts';
import { shownPositions } from '../../../state/data.ts';
import { loadRows, PAGE_ROWS, selectRow } from '../../../state/data-actions.ts';
import { foreign, Marked } from '../../parts/foreign.tsx';
import { WarnIcon } from '../../parts/icons.tsx';
import { LanguageChip } from '../../parts/language-chip.tsx';
import { useData } from '../../use.ts';
import classes from './data.module.css';

const ROW_HEIGHT = 38;
/** Rows beyond either end of what is seen that are in the page, and read, already. */
const OVERSCAN = 12;

export function RowList({ dataset }: { dataset: DatasetSummary }) {
  const rows = useData((d) => d.rows);
  const language = useData((d) => d.language);
  const selected = useData((d) => d.selected);
  const lengths = useData((d) => d.statistics?.lengths);
  const fates = useData((d) => d.statistics?.fates);
  const listId = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => shownPositions(rows, dataset.rows, language), [rows, dataset.rows, language]);
  const count = shown?.length ?? dataset.rows;
  const at = useMemo(
    () =>
      selected === null ? -1 : (shown ?? rows).findIndex((entry) => (typeof entry === 'number' ? rows[entry] : entry)?.row === selected),
    [shown, rows, selected],
  );
  const list = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    // The chosen row stays in the page, wherever one scrolls: the list, which has the focus, points at it.
    rangeExtractor: (range) => withIndex(defaultRangeExtractor(range), at),
  });
  const items = list.getVirtualItems();
  const first = Math.max(0, (list.range?.startIndex ?? 0) - OVERSCAN);
  const last = Math.min(count - 1, (list.range?.endIndex ?? 0) + OVERSCAN);
  useEffect(() => {
    if (shown) return;
    void loadRows(first);
    if (Math.floor(last / PAGE_ROWS) !== Math.floor(first / PAGE_ROWS)) void loadRows(last);
  }, [first, last, shown]);

  const positionOf = (index: number) => (shown ? shown[index]! : index);
  // A key may lead to a row that is still being read: it is chosen as soon as it is there.
  const [wanted, setWanted] = useState<number | null>(null);
  const next = wanted === null ? undefined : rows[positionOf(wanted)];
  useEffect(() => {
    if (!next) return;
    setWanted(null);
    selectRow(next.row);
  }, [next]);
  const go = (index: number) => {
    const inside = Math.min(count - 1, Math.max(0, index));
    setWanted(inside);
    list.scrollToIndex(inside);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const from = wanted ?? at;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 1);
    const target = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: count - 1, PageDown: from + page, PageUp: from - page }[
      event.key
    ];
    if (target === undefined || count === 0) return;
    event.preventDefault();
    go(target);
  };
  const active = items.some(({ index }) => index === at) ? `${listId}-${at}` : undefined;

  return (
    <Paper className="panel">
      <Group justify="space-between" px="sm" py={8}>
        <Title order={2} size="h3">
          Rows
        </Title>
        <Text size="xs" c="dimmed" className="numbers" aria-live="polite" data-testid="shown-rows">
          {language === null ? formatPlural(dataset.rows, 'row') : `${formatInteger(count)} of ${formatPlural(dataset.rows, 'row')}`}
        </Text>
      </Group>
      <div
        ref={scroller}
        className={classes.list}
        role="listbox"
        tabIndex={0}
        aria-label="Rows of the dataset"
        data-testid="row-list"
        aria-activedescendant={active}
        onKeyDown={onKeyDown}
      >
        <div style={{ height: list.getTotalSize(), position: 'relative' }} role="presentation">
          {items.map((item) => {
            const position = positionOf(item.index);
            return (
              <Row
                key={item.key}
                id={`${listId}-${item.index}`}
                place={{ index: item.index, count }}
                row={rows[position]}
                tokens={lengths?.[position]}
                fate={fates?.[position] ?? RowFate.unknown}
                top={item.start}
                selected={selected}
              />
            );
          })}
        </div>
      </div>
    </Paper>
  );
}

function withIndex(indices: number[], index: number): number[] {
  if (index < 0 || indices.includes(index)) return indices;
  return index < indices[0]! ? [index, ...indices] : [...indices, index];
}

/** What is marked; a row that trains whole is not. */
const FATES: Record<number, { word: string; title: string }> = {
  [RowFate.cut]: { word: 'cut', title: 'Longer than max_length: its end is cut off' },
  [RowFate.out]: { word: 'left out', title: 'Does not train; the row says why' },
  [RowFate.unchosen]: { word: 'not chosen', title: 'Its language is not chosen under Train, so it does not train' },
};

interface RowProps {
  id: string;
  /** Where in the list: only a window of it is in the page. */
  place: { index: number; count: number };
  row: RowSummary | undefined;
  tokens: number | undefined;
  /** A RowFate. */
  fate: number;
  top: number;
  selected: number | null;
}

function Row({ id, place, row, tokens, fate, top, selected }: RowProps) {
  const problem = row?.problems[0];
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the listbox itself has the focus and moves the choice with the arrow keys
    // biome-ignore lint/a11y/useKeyWithClickEvents: as above
    <div
      className={classes.row}
      style={{ height: ROW_HEIGHT, transform: `translateY(${top}px)` }}
      id={id}
      role="option"
      aria-posinset={place.index + 1}
      aria-setsize={place.count}
      aria-selected={row !== undefined && row.row === selected}
      onClick={() => row && selectRow(row.row)}
    >
      <span className={`${classes.small} numbers`}>{row?.row ?? ''}</span>
      {row ? <LanguageChip language={row.reasoning_language} /> : <span />}
      {row?.preview ? (
        <span className={classes.preview} {...foreign(row.preview)}>
          <Marked text={row.preview} />
        </span>
      ) : (
        <span className={classes.preview}>{row ? 'No question' : 'Reading'}</span>
      )}
      <span className={`${classes.small} numbers`} style={{ display: 'flex', gap: 6, alignItems: 'center' }}>
        {problem && (
          <span
            style={{ color: problem.trains ? 'var(--warn)' : 'var(--bad)', display: 'inline-flex' }}
            title={withVisible(problem.message)}
            role="img"
            aria-label={withVisible(problem.message)}
          >
            <WarnIcon size={14} />
          </span>
        )}
        {FATES[fate] && (
          <span className={classes.fate} data-fate={FATES[fate].word} title={FATES[fate].title}>
            {FATES[fate].word}
          </span>
        )}
        {tokens ? formatInteger(tokens) : row?.tokens === undefined ? '' : formatInteger(row.tokens)}
      </span>
    </div>
  );
}
