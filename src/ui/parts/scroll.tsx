/** A region that scrolls and can be reached by keyboard, named for those who cannot see it. */
import type { CSSProperties, ReactNode, Ref, UIEventHandler } from 'react';

interface Props {
  label: string;
  children: ReactNode;
  className?: string | undefined;
  style?: CSSProperties;
  boxRef?: Ref<HTMLElement>;
  onScroll?: UIEventHandler<HTMLElement>;
  testId?: string;
}

export function Scroll({ label, children, className, style, boxRef, onScroll, testId }: Props) {
  return (
    <section
      ref={boxRef}
      className={className}
      style={style}
      aria-label={label}
      data-testid={testId}
      onScroll={onScroll}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
    >
      {children}
    </section>
  );
}
