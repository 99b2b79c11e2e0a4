/**
 * The row as tokens. What trains is inked and underlined in its channel's colour, what does not is faint; special tokens are chips.
 * One focusable group, not a thousand tab stops: arrow keys move, and the token's details are in a fixed line above.
 */
import { Text } from '@mantine/core';
import { useState } from 'react';
import { formatInteger } from '../../../lib/format.ts';
import type { TokenView } from '../../../protocol/dataset.ts';
import classes from './data.module.css';

const SHOWN = 6000;

export function TokensView({ tokens }: { tokens: TokenView[] }) {
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
          ? `id ${token.id}, position ${formatInteger(at)}, ${JSON.stringify(token.text)}, ${token.channel}, ${token.trained ? 'trained' : 'not trained'}`
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
        {tokens.slice(0, SHOWN).map((t, index) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: a token has no identity but its place
            key={index}
            className={classes.token}
            data-index={index}
            data-trained={t.trained}
            data-special={t.special}
            style={
              {
                '--hue': `var(--channel-${t.channel})`,
                ...(index === at ? { outline: '1px solid var(--hue)' } : {}),
              } as React.CSSProperties
            }
            title={`id ${t.id}, position ${index}, ${t.trained ? 'trained' : 'not trained'}`}
          >
            {t.text === '\n' ? '⏎\n' : t.text}
          </span>
        ))}
      </div>
      {tokens.length > SHOWN && (
        <Text size="xs" c="dimmed">
          The first {formatInteger(SHOWN)} of {formatInteger(tokens.length)} tokens.
        </Text>
      )}
    </>
  );
}
