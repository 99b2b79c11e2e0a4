/**
 * The row as tokens. What trains is inked and underlined in its channel's colour, what does not is faint; special tokens are chips.
 * One focusable group, not a thousand tab stops: arrow keys move, and the token's details are in a fixed line above.
 */
import { Text } from '@mantine/core';
import { useState } from 'react';
import { formatInteger, formatPlural } from '../../../lib/format.ts';
import { withVisible } from '../../../lib/invisible.ts';
import type { TokenView } from '../../../protocol/dataset.ts';
import { Marked } from '../../parts/foreign.tsx';
import classes from './data.module.css';

const SHOWN = 6000;

interface Props {
  tokens: TokenView[];
  /** Tokens that max_length keeps, and those of the whole row. */
  kept: number;
  length: number;
}

export function TokensView({ tokens, kept, length }: Props) {
  const [at, setAt] = useState<number | null>(null);
  const token = at === null ? undefined : tokens[at];
  const move = (by: number) => setAt((now) => Math.min(tokens.length - 1, Math.max(0, (now ?? -1) + by)));
  return (
    <>
      <Text
        size="xs"
        ff="monospace"
        mb="xs"
        className="numbers"
        aria-live="polite"
        style={{ minHeight: 22, position: 'sticky', top: 0, background: 'var(--panel)' }}
      >
        {token && at !== null
          ? `id ${token.id}, position ${formatInteger(at)}, ${token.text === '' ? 'the beginning of a character' : withVisible(JSON.stringify(token.text))}, ${token.channel}, ${token.trained ? 'trained' : 'not trained'}`
          : ' '}
      </Text>
      {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would promise a form */}
      <div
        className={classes.template}
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys walk through the tokens
        tabIndex={0}
        aria-label="Tokens; arrow keys walk through them"
        data-testid="tokens"
        onMouseOver={(event) => {
          const index = (event.target as HTMLElement).dataset.index;
          if (index !== undefined) setAt(Number(index));
        }}
        onFocus={() => setAt((now) => now ?? 0)}
        onKeyDown={(event) => {
          if (event.key === 'ArrowRight') move(1);
          if (event.key === 'ArrowLeft') move(-1);
        }}
      >
        {tokens.slice(0, Math.min(SHOWN, kept)).map((t, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a token has no identity but its place
          <Token key={index} token={t} index={index} current={index === at} />
        ))}
        {kept < length && kept <= SHOWN && (
          <span className={classes.cut} data-testid="cut">
            Cut here: max_length is {formatInteger(kept)}, and the {formatPlural(length - kept, 'token')} after it are not trained.
          </span>
        )}
        {tokens.slice(kept, SHOWN).map((t, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: as above
          <Token key={kept + index} token={t} index={kept + index} current={kept + index === at} />
        ))}
      </div>
      {length > Math.min(SHOWN, tokens.length) && (
        <Text size="xs" c="dimmed">
          The first {formatInteger(Math.min(SHOWN, tokens.length))} of {formatPlural(length, 'token')}.
          {kept < length && kept > SHOWN && ` They are cut after ${formatInteger(kept)}.`}
        </Text>
      )}
    </>
  );
}

function Token({ token: { id, text, trained, special, channel }, index, current }: { token: TokenView; index: number; current: boolean }) {
  return (
    <span
      className={classes.token}
      data-index={index}
      data-trained={trained}
      data-special={special}
      style={
        {
          '--hue': `var(--channel-${channel})`,
          ...(current ? { outline: '1px solid var(--hue)' } : {}),
        } as React.CSSProperties
      }
      title={`id ${id}, position ${index}, ${trained ? 'trained' : 'not trained'}`}
    >
      <TokenText text={text} />
    </span>
  );
}

function TokenText({ text }: { text: string }) {
  if (text === '\n') return '⏎\n';
  return text === '' ? '·' : <Marked text={text} all />;
}
