/** What goes wrong in runs of distillation, by the figures that they log: each known fault with what is healthy, when it holds, and what to do. Pure. */
import { formatPercent } from '../lib/format.ts';
import { above, clippedAnswers, mean, RECENT, strayLength, type Watched } from './run-history.ts';

/** Nats a token below which teacher and student write the same. */
const SAME = 0.002;

export const DISTILLATION_WATCHED: readonly Watched[] = [
  {
    name: 'clipped-divergence',
    title: 'Divergence clipped',
    healthy: 'The clip removes less than half of the positive divergence. What it removes has no gradient.',
    mend: 'Raise jsd_token_clip, or leave it empty: where the teacher is certain, one entry carries the whole signal, and the published 0.05 cuts just that.',
    set: { label: 'Turn jsd_token_clip off for the next run', path: 'distillation.jsd_token_clip', value: null },
    sees: above(
      'clipped_share',
      0.5,
      (value) => `The clip removes ${formatPercent(value)} of the divergence, so most of what the teacher has to say is lost.`,
    ),
  },
  {
    name: 'nothing-to-learn',
    title: 'Teacher and student agree',
    healthy: 'In the first steps the divergence is well above 0: the teacher knows something that the student does not.',
    mend: 'Look at both prompts: the teacher may not see the solution, or the problems are too easy.',
    sees: (history) => {
      const values = history.values('divergence').slice(0, RECENT);
      const clipped = (history.recent('clipped_share') ?? 0) > 0.5; // what is left says nothing, and may be below 0
      return values.length === RECENT && mean(values) < SAME && !clipped
        ? 'Teacher and student wrote the same from the first steps on.'
        : null;
    },
  },
  {
    name: 'growing-divergence',
    title: 'Growing divergence',
    healthy: 'The divergence falls, and stays where it has fallen to.',
    mend: 'Lower learning_rate, or stop at an earlier checkpoint: the student is leaving what the teacher would write.',
    sees: (history) => {
      const ends = history.ends('divergence');
      return ends !== null && ends.last > 2 * ends.first && ends.last > SAME
        ? `The divergence has grown from ${ends.first.toFixed(3)} to ${ends.last.toFixed(3)}.`
        : null;
    },
  },
  {
    name: 'unsure-teacher',
    title: 'Unsure teacher',
    healthy: 'The teacher’s entropy is not above the student’s: it knows more, so it is more certain.',
    mend: 'Look at the teacher’s prompt: what it sees may not help with these answers, and then it teaches doubt.',
    sees: (history) => {
      const [teacher, student] = [history.recent('teacher_entropy'), history.recent('entropy')];
      return teacher !== null && student !== null && teacher > 0.1 && teacher > 1.25 * student
        ? `The teacher’s entropy is ${teacher.toFixed(2)}, the student’s ${student.toFixed(2)}.`
        : null;
    },
  },
  clippedAnswers('Raise max_completion_length, or leave such answers out with mask_truncated_completions.'),
  strayLength('Look at some answers: teacher and student may end their turns differently. A lower beta or learning_rate helps.'),
];
