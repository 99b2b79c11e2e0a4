/** Answers of a model, a page at a time: a card each with its question, its reasoning and words in boxes that scroll, and which of them are shown. */
import { Group, NativeSelect, Pagination, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './answers.module.css';
import { Foreign, foreign, Marked } from './foreign.tsx';
import { Scroll } from './scroll.tsx';

interface CardProps {
  label: string;
  testId: string;
  /** Left and right above the question: its language, and where it comes from. */
  language: ReactNode;
  place: ReactNode;
  question: string;
  /** That the question is in, where it is known. */
  asked?: string | null;
  children: ReactNode;
}

export function AnswerCard({ label, testId, language, place, question, asked = null, children }: CardProps) {
  return (
    <article className={classes.card} data-testid={testId} aria-label={label}>
      <Group gap="xs" justify="space-between">
        {language}
        <Text size="xs" c="dimmed" className="numbers">
          {place}
        </Text>
      </Group>
      <Title order={3} fz="sm" mt={4} className="reading">
        <Foreign text={question} language={asked} />
      </Title>
      {children}
    </article>
  );
}

/** "Right"; `good` null: nobody says. */
export function Judged({ good, children }: { good: boolean | null; children: ReactNode }) {
  return (
    <strong className={classes.judged} data-good={good}>
      {children}
    </strong>
  );
}

interface TextProps {
  part: 'thought' | 'answer';
  /** "answer 2 to row 17": names the region, of which there are many. */
  of: string;
  text: string;
  language: string | null;
  /** Of the text, that is in this language. */
  share?: number | null;
}

export function AnswerText({ part, of, text, language, share = null }: TextProps) {
  const label = part === 'thought' ? 'Reasoning' : 'Answer';
  return (
    <>
      <Text size="xs" c="dimmed" mt={6}>
        {text ? label : `${label}: none`}
      </Text>
      {text && (
        <Scroll label={`${label}: ${of}`} className={`reading ${classes[part]}`} data-part={part} {...foreign(text, language, share)}>
          <Marked text={text} />
        </Scroll>
      )}
    </>
  );
}

interface LanguageProps {
  label: string;
  /** null: all. */
  value: string | null;
  languages: readonly { language: string; label: string }[];
  change: (language: string | null) => void;
  testId?: string;
}

/** A language of the answers may have no name; that of all is then another. */
export function LanguageFilter({ label, value, languages, change, testId }: LanguageProps) {
  return (
    <NativeSelect
      size="xs"
      aria-label={label}
      value={value === null ? 'all' : `of ${value}`}
      onChange={({ currentTarget }) => change(currentTarget.value === 'all' ? null : currentTarget.value.slice(3))}
      data={[{ value: 'all', label: 'All languages' }, ...languages.map((one) => ({ value: `of ${one.language}`, label: one.label }))]}
      data-testid={testId}
    />
  );
}

interface PagesProps {
  /** Undefined: not known yet. */
  total: number | undefined;
  perPage: number;
  /** From 0. */
  page: number;
  turn: (page: number) => void;
}

export function AnswerPages({ total, perPage, page, turn }: PagesProps) {
  if (total === 0)
    return (
      <Text size="sm" mt="sm">
        No answer is among these; choose other ones above.
      </Text>
    );
  if (total === undefined || total <= perPage) return null;
  return (
    <Pagination
      size="sm"
      mt="sm"
      total={Math.ceil(total / perPage)}
      value={page + 1}
      onChange={(next) => turn(next - 1)}
      getControlProps={(control) => ({ 'aria-label': `${control} page` })}
      getItemProps={(number) => ({ 'aria-label': `Page ${number} of answers` })}
    />
  );
}
