/**
 * One answer: the reasoning on a tinted ground, the answer on plain, the numbers below. Heights are fixed, so streaming moves nothing;
 * each area follows its newest line until the reader scrolls up. The output of a model is only ever rendered as text.
 */
import { ActionIcon, Button, CopyButton, Text, Tooltip } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import { formatPlural, formatRate } from '../../../lib/format.ts';
import { withVisible } from '../../../lib/invisible.ts';
import type { AskColumn, AskRequest, ColumnState } from '../../../protocol/generation.ts';
import { compareStore } from '../../../state/compare.ts';
import { rowKey } from '../../../state/compare-rows.ts';
import { Foreign, foreign, Marked } from '../../parts/foreign.tsx';
import { CheckIcon, CopyIcon, EnlargeIcon } from '../../parts/icons.tsx';
import { languageBar } from '../../parts/language-chip.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { useCompare, useFacts } from '../../use.ts';
import { answererName, answerShareLabel, answerText, isWithoutReasoning, shareLabel, stopLabel } from './cell-labels.ts';
import classes from './compare.module.css';
import { MarkedText } from './marked-text.tsx';

const quiet = { size: 'sm', variant: 'subtle', color: 'gray', c: 'var(--mantine-color-dimmed)' } as const;

interface Props {
  request: AskRequest;
  column: AskColumn;
  peer: string | null;
  /** As wide as the two cells of other rows. */
  wide: boolean;
  /** Opens the reader with this column. */
  enlarge: (column: string) => void;
}

export function Cell({ request, column, peer, wide, enlarge }: Props) {
  const { id, source, thinking } = column;
  const language = column.reasoning_language ?? '';
  const state = useFacts((f) => f.answers[request.id]?.columns[id]);
  const ended = useFacts((f) => f.answers[request.id]?.ended ?? false);
  const row = rowKey(column);
  const folded = useCompare((c) => c.folded[row] ?? false);
  const fold = () => compareStore.setState((c) => ({ folded: { ...c.folded, [row]: !folded } }));
  const name = answererName(column, peer);
  const title = `${withVisible(name)}, ${titleOf(language, column)}`;
  /** The answer alone has the place of both. */
  const alone = isWithoutReasoning(state, column);
  const over = Boolean(state?.stop) || ended;
  return (
    <article
      className={`panel ${classes.cell}`}
      data-wide={wide || undefined}
      aria-label={title}
      aria-busy={!over}
      data-testid={['cell', column.adapter ?? source, language || 'none', ...(thinking ? [thinking] : [])].join('-')}
      data-stop={state?.stop ?? ''}
      data-answer={column.answer_language !== undefined || undefined}
    >
      <div className={classes.cellHead}>
        <span className={classes.source} title={withVisible(name)}>
          <Foreign text={name} />
        </span>
        {!alone && (
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            c="var(--mantine-color-dimmed)"
            fw={400}
            px={4}
            aria-expanded={!folded}
            onClick={fold}
          >
            {folded ? 'Show reasoning' : 'Hide reasoning'}
          </Button>
        )}
        <Tooltip label="Read it large, beside another">
          <ActionIcon {...quiet} aria-label={`Enlarge ${title}`} onClick={() => enlarge(id)} data-testid="enlarge">
            <EnlargeIcon size={13} />
          </ActionIcon>
        </Tooltip>
        <CopyAnswer state={state} title={title} />
      </div>
      {!folded && !alone && (
        <Following
          ended={over}
          className={`${classes.tinted} ${classes.thought}`}
          label={`Reasoning, ${title}`}
          waiting={state?.stop || ended ? 'No reasoning.' : 'Waiting for the first token.'}
          text={state?.thinking ?? ''}
        >
          <div className="reading" {...foreign(state?.thinking ?? '', language, state?.share)} data-testid="thought">
            <MarkedText text={state?.thinking ?? ''} language={language} share={state?.share ?? null} ended={over} />
          </div>
        </Following>
      )}
      <Following
        ended={over}
        className={`${classes.answer} ${alone && !folded ? classes.alone : ''}`}
        label={`Answer, ${title}`}
        waiting={state?.stop ? 'No answer.' : alone && !ended ? 'Waiting for the first token.' : ''}
        text={answerText(state)}
      >
        <div className="reading" {...foreign(answerText(state), column.answer_language, state?.answer_share)} data-testid="answer">
          <Marked text={answerText(state)} />
        </div>
      </Following>
      <Foot state={state} column={column} ended={ended} />
    </article>
  );
}

interface FollowingProps {
  className: string | undefined;
  label: string;
  /** Shown while there is no text. */
  waiting: string;
  ended: boolean;
  text: string;
  children: ReactNode;
}

/** A box of fixed height that stays at its newest line unless the reader has scrolled up. */
function Following({ className, label, waiting, ended, text, children }: FollowingProps) {
  const box = useRef<HTMLElement>(null);
  const follows = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the text has grown or has ended; then its beginning is shown
  useEffect(() => {
    if (box.current && follows.current) box.current.scrollTop = ended ? 0 : box.current.scrollHeight;
  }, [text, ended]);
  return (
    <Scroll
      ref={box}
      className={className}
      label={label}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        follows.current = scrollHeight - scrollTop - clientHeight < 24;
      }}
    >
      {text ? (
        children
      ) : (
        <Text size="sm" c="dimmed">
          {waiting}
        </Text>
      )}
    </Scroll>
  );
}

/** What the answer is asked for, after whose it is. */
function titleOf(language: string, { thinking }: AskColumn): string {
  if (!language) return 'no language requested';
  return thinking === 'no_think' ? `${language} requested` : `reasoning in ${language}`;
}

function Foot({ state, column, ended }: { state: ColumnState | undefined; column: AskColumn; ended: boolean }) {
  const ratio = state?.share ?? null;
  const bar = languageBar(column.reasoning_language ?? '');
  const label = shareLabel(state, column);
  const ofAnswer = answerShareLabel(state, column);
  const answer = column.answer_language !== undefined && (
    <div className={classes.footLine}>
      <span className={classes.shareLabel} title={ofAnswer} data-testid="answer-share">
        {ofAnswer}
      </span>
    </div>
  );
  const unjudged = ratio === null && label !== '' && !isWithoutReasoning(state, column);
  return (
    <div className={`${classes.foot} numbers`}>
      <div className={classes.share} role="img" aria-label={label || 'No language was requested'}>
        <span {...bar} style={{ ...bar.style, width: `${100 * (ratio ?? 0)}%` }} />
      </div>
      {unjudged ? (
        // Why it cannot be judged takes both lines: a cell keeps its height.
        <>
          <div className={classes.unjudged}>
            <span title={label} data-testid="share">
              {label}
            </span>
            <span>{stopLabel(state, ended)}</span>
          </div>
          {answer}
        </>
      ) : (
        <>
          <div className={classes.footLine}>
            <span className={classes.shareLabel} data-testid="share">
              {label}
            </span>
            <span>{stopLabel(state, ended)}</span>
          </div>
          {answer}
          <div className={classes.footLine}>
            <span>{state ? formatPlural(state.tokens, 'token') : ''}</span>
            <span>{state && state.tokens > 0 ? formatRate(state.tokens_per_second) : ''}</span>
          </div>
        </>
      )}
    </div>
  );
}

function CopyAnswer({ state, title }: { state: ColumnState | undefined; title: string }) {
  const text = state ? [state.thinking, state.content, state.rest].filter(Boolean).join('\n\n') : '';
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : 'Copy reasoning and answer'}>
          <ActionIcon {...quiet} aria-label={`Copy reasoning and answer, ${title}`} disabled={text === ''} onClick={copy}>
            {copied ? <CheckIcon size={13} /> : <CopyIcon size={13} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
