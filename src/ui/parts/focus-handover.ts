/**
 * Focus that goes with an action: the button that starts something gives it to the button that stops it, wherever that one appears, and back.
 * A focus that the user has meanwhile moved somewhere else is left there.
 */
import { type RefObject, useEffect, useRef } from 'react';
import type { Job } from '../../state/jobs.ts';

type Receiver = 'start-run' | 'stop-run' | `${'start' | 'pause' | 'continue'}-${Job}`;

let expected: Receiver | null = null;

export function handFocusTo(receiver: Receiver): void {
  expected = receiver;
}

/** The ref of a button that takes the focus when it was handed over and the button can be pressed. */
export function useFocusHandover(receiver: Receiver, ready = true): RefObject<HTMLButtonElement | null> {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!ready || expected !== receiver) return;
    expected = null;
    const { activeElement: at } = document;
    if (at === null || at === document.body || at.id === 'place' || at.hasAttribute('data-hands-over'))
      button.current?.focus({ preventScroll: true });
  }, [receiver, ready]);
  return button;
}
