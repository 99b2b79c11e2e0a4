/** The row as the chat template writes it, special tokens as chips, text in the colour of its channel. */
import type { Segment } from '../../../protocol/conversation.ts';
import { foreign, Marked } from '../../parts/foreign.tsx';
import classes from './data.module.css';

export function TemplateView({ segments }: { segments: Segment[] }) {
  return (
    <div className={classes.template}>
      {placed(segments).map(({ at, text, special, channel }) =>
        special ? (
          <span key={at} className={classes.control}>
            <Marked text={text} />
          </span>
        ) : (
          <span
            key={at}
            style={{ color: channel === 'control' ? 'var(--mantine-color-dimmed)' : `var(--channel-${channel})` }}
            title={channel}
            {...foreign(text)}
          >
            <Marked text={text} />
          </span>
        ),
      )}
    </div>
  );
}

/** Segments with the position of their first character, which is their identity. */
function placed(segments: Segment[]): (Segment & { at: number })[] {
  let at = 0;
  return segments.map((segment) => {
    const start = at;
    at += segment.text.length || 1;
    return { ...segment, at: start };
  });
}
