/**
 * The tokens of an answer, tinted and underlined by what the step did to them: a straight line is pushed up, a wavy one down, a dotted one is where the
 * teacher would write otherwise. One focusable group, not a
 * thousand tab stops: arrow keys move, and the token in words is in the line below.
 */
import { Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { withVisible } from '../../../lib/invisible.ts';
import type { TokenPlace } from '../../../protocol/rollouts.ts';
import type { ShownRollout } from '../../../state/rollouts.ts';
import { divergenceWords, divergentTokens, pushedTokens, type TintedToken, tokenRuns, tokenWords } from '../../../state/token-pushes.ts';
import { foreign, Marked } from '../../parts/foreign.tsx';
import classes from './train.module.css';

const LABELS: Readonly<Record<Exclude<TokenPlace, 'control'>, string>> = {
  thinking: 'Thought',
  content: 'Answer',
  rest: 'Outside of both',
};

/** `scale`: the product of advantage and change that is drawn in full; of distillation the divergence. */
export function RolloutTokens({ answer, scale }: { answer: ShownRollout; scale: number }) {
  const [at, setAt] = useState<number | null>(null);
  const pushed = useMemo(() => pushedTokens(answer, scale), [answer, scale]);
  const divergent = useMemo(() => divergentTokens(answer, scale), [answer, scale]);
  const tokens: readonly TintedToken[] = answer.changes ? pushed : divergent;
  const runs = useMemo(() => tokenRuns(tokens), [tokens]);
  const token = at === null ? undefined : tokens[at];
  const move = (by: number) => setAt((now) => Math.min(tokens.length - 1, Math.max(0, (now ?? -1) + by)));
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would promise a form */}
      <div
        role="group"
        className={classes.answerText}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys walk through the tokens
        tabIndex={0}
        aria-label={`Tokens of answer ${answer.number} to ${answer.question}; arrow keys walk through them`}
        data-testid="rollout-tokens"
        onMouseOver={(event) => {
          const { index } = (event.target as HTMLElement).dataset;
          if (index !== undefined) setAt(Number(index));
        }}
        onFocus={() => setAt((now) => now ?? 0)}
        onKeyDown={(event) => {
          const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
          if (by === undefined) return;
          event.preventDefault(); // the box would scroll
          move(by);
        }}
      >
        {runs.map(({ place, from, tokens: own }) =>
          place === 'control' ? (
            <span key={from} className={classes.control}>
              <Tokens tokens={own} from={from} at={at} />
            </span>
          ) : (
            <div key={from}>
              <Text size="xs" c="dimmed">
                {LABELS[place]}
              </Text>
              <p className={`reading ${classes.words}`} data-place={place} {...foreign(own.map(({ text }) => text).join(''))}>
                <Tokens tokens={own} from={from} at={at} />
              </p>
            </div>
          ),
        )}
      </div>
      <p className={`numbers ${classes.tokenLine}`} aria-live="polite" data-testid="token-line">
        {token && (
          <TokenLine token={token} words={answer.changes ? tokenWords(pushed[at!]!, answer.advantage) : divergenceWords(divergent[at!]!)} />
        )}
      </p>
    </>
  );
}

function Tokens({ tokens, from, at }: { tokens: readonly TintedToken[]; from: number; at: number | null }) {
  return tokens.map(({ text, push, strength }, i) => (
    <span
      // biome-ignore lint/suspicious/noArrayIndexKey: a token has no identity but its place
      key={i}
      className={classes.token}
      data-index={from + i}
      data-push={push}
      data-current={from + i === at || undefined}
      style={{ '--push': strength.toFixed(2) } as React.CSSProperties}
    >
      <Marked text={text} all />
    </span>
  ));
}

function TokenLine({ token, words }: { token: TintedToken; words: string }) {
  const written = token.text === '' ? 'the beginning of a character' : withVisible(JSON.stringify(token.text));
  return (
    <>
      <bdi>{written}</bdi>: {words}
    </>
  );
}
