/** The two prompts of one row beside each other, piece by piece: whose each piece is, and what the teacher alone sees. */
import { Text, Title } from '@mantine/core';
import { formatPlural } from '../../../lib/format.ts';
import type { PromptPart, PromptPiece, PromptPreview, PromptTurn } from '../../../protocol/prompt-previews.ts';
import { promptBlocks } from '../../../state/prompt-blocks.ts';
import { foreign, Marked } from '../../parts/foreign.tsx';
import classes from './prompts.module.css';

const WHOSE: Readonly<Record<PromptPart, string>> = {
  label: 'From the words: a label',
  problem: 'From the row: the problem',
  problem_english: 'From the row: the English problem',
  solution_english: 'From the row: the English solution',
  privileged: 'From the row: the teacher’s column',
  instruction: 'From the words: an instruction',
  opening: 'From the words: the answer begins so',
  analysis: 'The teacher’s own analysis',
};

const ROLES: Readonly<Record<string, string>> = { user: 'User', assistant: 'Assistant', system: 'System', developer: 'Developer' };

export function PromptPair({ prompt: { student, teacher, tokens, language }, row }: { prompt: PromptPreview; row: number }) {
  const seen = new Set(student.flatMap(({ pieces }) => pieces.map(({ text }) => text.trim())));
  return (
    <div className={classes.pair} data-testid="prompt-pair">
      <section aria-label={`The student’s prompt of row ${row}`} data-testid="prompt-student">
        <Side title="Student" tokens={tokens.student} turns={student} language={language} />
        <p className={classes.goesOn}>From here the student writes its answer.</p>
      </section>
      <section aria-label={`The teacher’s prompt of row ${row}`} data-testid="prompt-teacher">
        <Side title="Teacher" tokens={tokens.teacher} turns={teacher} language={language} seen={seen} />
        <p className={classes.goesOn}>The student’s answer follows; at each token the teacher says what it would write.</p>
      </section>
    </div>
  );
}

interface SideProps {
  title: string;
  tokens: number;
  turns: readonly PromptTurn[];
  language: string | null;
  /** What the other one sees too; absent: nothing is marked. */
  seen?: ReadonlySet<string>;
}

function Side({ title, tokens, turns, language, seen }: SideProps) {
  return (
    <>
      <Title order={3} fz="sm">
        {title}{' '}
        <Text span size="xs" c="dimmed" fw={400} className="numbers">
          {formatPlural(tokens, 'token')}
        </Text>
      </Title>
      {turns.map(({ role, pieces }, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a turn has no identity but its place
        <div key={at} className={classes.turn}>
          <p className={classes.role}>{ROLES[role] ?? role}</p>
          {promptBlocks(pieces).map((block, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: likewise
            <Block key={i} {...block} language={language} alone={seen !== undefined && !seen.has(block.text)} />
          ))}
        </div>
      ))}
    </>
  );
}

interface BlockProps {
  part: PromptPart;
  pieces: readonly PromptPiece[];
  language: string | null;
  alone: boolean;
}

function Block({ part, pieces, language, alone }: BlockProps) {
  const english = part === 'problem_english' || part === 'solution_english' || part === 'privileged';
  return (
    <div className={classes.block} data-part={part}>
      <p className={classes.whose}>
        {WHOSE[part]}
        {alone && <strong> · teacher alone</strong>}
      </p>
      {part === 'analysis' ? (
        <p className={classes.goesOn}>Written before the run’s step, from what stands above.</p>
      ) : (
        <p className={`reading ${classes.text}`}>
          {pieces.map(({ part: own, text }, i) => (
            <span
              // biome-ignore lint/suspicious/noArrayIndexKey: a piece has no identity but its place
              key={i}
              className={own === 'label' ? classes.label : undefined}
              {...foreign(text, own === part && english ? null : language)}
            >
              <Marked text={i === 0 ? text.replace(/^\n+/, '') : text} />
            </span>
          ))}
        </p>
      )}
    </div>
  );
}
