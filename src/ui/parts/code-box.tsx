/** A program as it is written: a plain box in a monospaced font, in which Tab indents, and Escape then Tab leaves. The line of an error is shown below. */
import { Text, Textarea, type TextareaProps } from '@mantine/core';
import { type KeyboardEvent, useRef } from 'react';
import { lineOf } from '../../state/reward-tryout.ts';
import classes from './rewards.module.css';

interface Props extends Omit<TextareaProps, 'value' | 'onChange' | 'error'> {
  value: string;
  write: (value: string) => void;
  /** One sentence, perhaps with the line. */
  problem: string;
}

const INDENT = '  ';

export function CodeBox({ value, write, problem, ...rest }: Props) {
  const leaving = useRef(false);
  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === 'Escape') leaving.current = true;
    else if (event.key !== 'Tab' || event.shiftKey || leaving.current) leaving.current = event.key === 'Shift' && leaving.current;
    else {
      event.preventDefault();
      const box = event.currentTarget;
      box.setRangeText(INDENT, box.selectionStart, box.selectionEnd, 'end');
      write(box.value);
    }
  };
  const line = lineOf(problem);
  const text = line === null ? undefined : value.split('\n')[line - 1];
  return (
    <div>
      <Textarea
        {...rest}
        classNames={{ input: classes.code! }}
        autosize
        minRows={4}
        maxRows={16}
        spellCheck={false}
        value={value}
        error={problem || undefined}
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        onChange={(event) => write(event.currentTarget.value)}
        onKeyDown={press}
      />
      {text !== undefined && (
        <Text size="xs" className={classes.codeLine} data-testid="code-line">
          {line}: {text.trim() === '' ? '(empty)' : text}
        </Text>
      )}
    </div>
  );
}
