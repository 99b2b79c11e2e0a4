/** The reader: one answer in large, or two side by side, with the languages of the reasoning counted. Open while answers stream, it follows them. */
import { CloseButton, Group, Modal, Select, Text, Title } from '@mantine/core';
import { formatPlural, formatRate } from '../../../lib/format.ts';
import { withVisible } from '../../../lib/invisible.ts';
import { languageName } from '../../../lib/language/names.ts';
import type { AskColumn, AskRequest, MarkedSentence } from '../../../protocol/generation.ts';
import { languageTitle } from '../../../state/languages.ts';
import { foreign, Marked } from '../../parts/foreign.tsx';
import { LanguageDot } from '../../parts/language-chip.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { useFacts } from '../../use.ts';
import { answererName, answerShareLabel, answerText, isWithoutReasoning, shareLabel, stopLabel } from './cell-labels.ts';
import classes from './compare.module.css';
import { MarkedText, useMarks } from './marked-text.tsx';

interface Props {
  request: AskRequest;
  peer: string | null;
  /** Columns that are read, left and right; the right one may be absent. */
  columns: readonly string[];
  onChange: (columns: string[]) => void;
}

function columnTitle(column: AskColumn, peer: string | null): string {
  return `${withVisible(answererName(column, peer))}, ${column.reasoning_language ?? 'no language requested'}`;
}

export function Reader({ request, peer, columns, onChange }: Props) {
  const [left, right] = columns;
  const close = () => onChange([]);
  const options = request.columns.map((column) => ({ value: column.id, label: columnTitle(column, peer) }));
  return (
    <Modal.Root opened={left !== undefined} onClose={close} size="min(1240px, 96vw)" centered>
      <Modal.Overlay />
      <Modal.Content aria-label="Read side by side" data-testid="reader">
        <Modal.Body p="md">
          <Group justify="space-between" mb="xs">
            <Title order={2}>Read side by side</Title>
            <CloseButton aria-label="Close the reader" onClick={close} />
          </Group>
          {left !== undefined && (
            <div className={classes.panes}>
              <Pane request={request} column={left} peer={peer}>
                <Select
                  size="xs"
                  aria-label="Left"
                  data={options}
                  value={left}
                  allowDeselect={false}
                  onChange={(value) => value && onChange([value, ...(right ? [right] : [])])}
                  data-testid="reader-left"
                />
              </Pane>
              <Pane request={request} column={right} peer={peer}>
                <Select
                  size="xs"
                  aria-label="Right"
                  placeholder="Choose an answer to read beside it"
                  clearable
                  clearButtonProps={{ 'aria-label': 'Read one answer alone' }}
                  data={options}
                  value={right ?? null}
                  onChange={(value) => onChange(value ? [left, value] : [left])}
                  data-testid="reader-right"
                />
              </Pane>
            </div>
          )}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

interface PaneProps {
  request: AskRequest;
  peer: string | null;
  column: string | undefined;
  children: React.ReactNode;
}

function Pane({ request, peer, column, children }: PaneProps) {
  const asked = request.columns.find(({ id }) => id === column);
  const language = asked?.reasoning_language ?? '';
  const state = useFacts((f) => (column === undefined ? undefined : f.answers[request.id]?.columns[column]));
  const ended = useFacts((f) => f.answers[request.id]?.ended ?? false);
  const thought = { text: state?.thinking ?? '', language, share: state?.share ?? null, ended: Boolean(state?.stop) || ended };
  const sentences = useMarks(thought);
  const title = asked ? columnTitle(asked, peer) : 'No second answer';
  return (
    <section className={classes.pane} data-empty={asked === undefined} data-testid={`pane-${column ?? 'none'}`} aria-label={title}>
      {children}
      {asked && (
        <>
          <Languages sentences={sentences} />
          <div className={classes.label} style={{ color: 'var(--channel-analysis)' }}>
            Reasoning
          </div>
          <Scroll className={`${classes.tinted} ${classes.large}`} label={`Reasoning: ${title}`}>
            <div className="reading" {...foreign(thought.text, language, thought.share)}>
              {thought.text ? <MarkedText {...thought} /> : isWithoutReasoning(state, asked) ? 'No reasoning, as asked.' : 'No reasoning.'}
            </div>
          </Scroll>
          <div className={classes.label} style={{ color: 'var(--channel-final)' }}>
            Answer
          </div>
          <Scroll className={classes.largeAnswer} label={`Answer: ${title}`}>
            <div className="reading" {...foreign(answerText(state), asked.answer_language, state?.answer_share)}>
              {answerText(state) ? <Marked text={answerText(state)} /> : 'No answer.'}
            </div>
          </Scroll>
          <Text size="xs" c="dimmed" className="numbers">
            {[
              shareLabel(state, asked),
              answerShareLabel(state, asked),
              stopLabel(state, ended),
              state && formatPlural(state.tokens, 'token'),
              state && state.tokens > 0 && formatRate(state.tokens_per_second),
            ]
              .filter(Boolean)
              .join(', ')}
          </Text>
        </>
      )}
    </section>
  );
}

/** The languages of a thought with the number of sentences in each: the key to the tints. */
function Languages({ sentences }: { sentences: MarkedSentence[] | null }) {
  const counts = new Map<string, number>();
  for (const { code } of sentences ?? []) if (code !== null) counts.set(code, (counts.get(code) ?? 0) + 1);
  return (
    <Group gap="sm" mih={20} data-testid="reader-languages">
      {[...counts].map(([code, count]) => (
        <Group key={code} gap={5} component="span" fz="xs">
          <LanguageDot language={languageName(code)} />
          {languageTitle(languageName(code))}: {formatPlural(count, 'sentence')}
        </Group>
      ))}
    </Group>
  );
}
