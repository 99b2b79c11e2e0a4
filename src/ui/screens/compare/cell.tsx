/**
 * One answer: the reasoning on a tinted ground, the answer on plain, the numbers below. Heights are fixed, so streaming moves nothing;
 * each area follows its newest line until the reader scrolls up. The output of a model is only ever rendered as text.
 */
import { ActionIcon, Button, CopyButton, Text, Tooltip } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { formatPercent, formatPlural, formatRate } from '../../../lib/format.ts';
import { withVisible } from '../../../lib/invisible.ts';
import { unjudgedWords } from '../../../lib/language/unjudged.ts';
import type { AskRequest, ColumnSource, ColumnState, StopReason } from '../../../protocol/generation.ts';
import { columnId, compareStore } from '../../../state/compare.ts';
import { Foreign, foreign, Marked } from '../../parts/foreign.tsx';
import { CheckIcon, CopyIcon } from '../../parts/icons.tsx';
import { languageBar } from '../../parts/language-chip.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { useCompare, useFacts } from '../../use.ts';
import classes from './compare.module.css';

const SOURCES: Record<ColumnSource, string> = { base: 'Base', adapter: 'Adapter', peer: 'Peer' };
const STOPS: Record<StopReason, string> = { eos: 'finished', length: 'token limit reached', cancelled: 'stopped', error: 'failed' };

interface Props {
  request: AskRequest;
  source: ColumnSource;
  language: string;
  peer: string | null;
}

export function Cell({ request, source, language, peer }: Props) {
  const id = columnId(source, language);
  const state = useFacts((f) => f.answers[request.id]?.columns[id]);
  const ended = useFacts((f) => f.answers[request.id]?.ended ?? false);
  const folded = useCompare((c) => c.folded[source]);
  const fold = () => compareStore.setState((c) => ({ folded: { ...c.folded, [source]: !c.folded[source] } }));
  const name = source === 'peer' && peer ? (peer.split('/').at(-1) ?? peer) : SOURCES[source];
  const title = `${withVisible(name)}, ${language ? `reasoning in ${language}` : 'no language requested'}`;
  return (
    <article
      className={`panel ${classes.cell}`}
      aria-label={title}
      aria-busy={!ended && !state?.stop}
      data-testid={`cell-${source}-${language || 'none'}`}
      data-stop={state?.stop ?? ''}
    >
      <div className={classes.cellHead}>
        <span className={classes.source}>
          <Foreign text={name} />
        </span>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          c="var(--mantine-color-dimmed)"
          fw={400}
          aria-expanded={!folded}
          onClick={fold}
        >
          {folded ? 'Show reasoning' : 'Hide reasoning'}
        </Button>
        <CopyAnswer state={state} />
      </div>
      {!folded && (
        <div className={classes.tinted}>
          <div className={classes.label} style={{ color: 'var(--channel-analysis)' }}>
            Reasoning
          </div>
          <Following
            ended={Boolean(state?.stop) || ended}
            className={classes.thought}
            text={state?.thinking ?? ''}
            language={language}
            share={state?.share ?? null}
            label={`Reasoning, ${title}`}
            testId="thought"
            waiting={state?.stop || ended ? 'No reasoning.' : 'Waiting for the first token.'}
          />
        </div>
      )}
      <div className={classes.label} style={{ color: 'var(--channel-final)' }}>
        Answer
      </div>
      <Following
        ended={Boolean(state?.stop) || ended}
        className={classes.answer}
        text={state?.error ?? [state?.content, state?.rest].filter(Boolean).join('\n')}
        label={`Answer, ${title}`}
        testId="answer"
        waiting={state?.stop ? 'No answer.' : ''}
      />
      <Foot state={state} language={language} ended={ended} />
    </article>
  );
}

/** A box of fixed height that stays at its newest line unless the reader has scrolled up. */
function Following({
  className,
  text,
  label,
  testId,
  waiting,
  ended,
  language,
  share,
}: {
  className: string | undefined;
  text: string;
  label: string;
  testId: string;
  waiting: string;
  ended: boolean;
  /** The language that the text was asked for in, and how much of it is. */
  language?: string;
  share?: number | null;
}) {
  const box = useRef<HTMLElement>(null);
  const follows = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: runs when the text has grown or has ended; then its beginning is shown
  useEffect(() => {
    if (box.current && follows.current) box.current.scrollTop = ended ? 0 : box.current.scrollHeight;
  }, [text, ended]);
  return (
    <Scroll
      boxRef={box}
      className={className}
      label={label}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        follows.current = scrollHeight - scrollTop - clientHeight < 24;
      }}
    >
      {text ? (
        <div className="reading" {...foreign(text, language, share)} data-testid={testId}>
          <Marked text={text} />
        </div>
      ) : (
        <Text size="sm" c="dimmed">
          {waiting}
        </Text>
      )}
    </Scroll>
  );
}

function Foot({ state, language, ended }: { state: ColumnState | undefined; language: string; ended: boolean }) {
  const ratio = state?.share ?? null;
  const bar = languageBar(language);
  const label =
    language === '' ? '' : ratio === null ? (state?.stop ? unjudgedWords(state.unjudged) : '') : `${formatPercent(ratio)} in ${language}`;
  const stop = state?.stop ? STOPS[state.stop] : ended ? 'stopped' : '';
  return (
    <div className={`${classes.foot} numbers`}>
      <div className={classes.share} role="img" aria-label={label || 'No language was requested'}>
        <span {...bar} style={{ ...bar.style, width: `${100 * (ratio ?? 0)}%` }} />
      </div>
      <div className={classes.footLine}>
        <span data-testid="share" title={label} style={{ whiteSpace: ratio === null ? 'normal' : undefined }}>
          {label}
        </span>
        <span>{stop}</span>
      </div>
      <div className={classes.footLine}>
        <span>{state ? formatPlural(state.tokens, 'token') : ''}</span>
        <span>{state && state.tokens > 0 ? formatRate(state.tokens_per_second) : ''}</span>
      </div>
    </div>
  );
}

function CopyAnswer({ state }: { state: ColumnState | undefined }) {
  const text = state ? [state.thinking, state.content, state.rest].filter(Boolean).join('\n\n') : '';
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? 'Copied' : 'Copy reasoning and answer'}>
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            c="var(--mantine-color-dimmed)"
            aria-label="Copy reasoning and answer"
            disabled={text === ''}
            onClick={copy}
          >
            {copied ? <CheckIcon size={13} /> : <CopyIcon size={13} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
