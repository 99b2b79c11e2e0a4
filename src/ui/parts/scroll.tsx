/** A region that scrolls and can be reached by keyboard, named for those who cannot see it. */
import type { ComponentProps, ReactNode } from 'react';

interface Props extends Pick<ComponentProps<'section'>, 'className' | 'style' | 'onScroll' | 'ref' | 'lang' | 'dir'> {
  label: string;
  children: ReactNode;
  testId?: string;
}

export function Scroll({ label, children, testId, ...others }: Props) {
  return (
    <section
      {...others}
      aria-label={label}
      data-testid={testId}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
    >
      {children}
    </section>
  );
}
