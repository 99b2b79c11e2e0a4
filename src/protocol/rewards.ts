/**
 * The rewards that an answer can be paid by: their names, what each is for, and their settings with rule and default. Names and settings are TRL's where
 * TRL has them. How each judges stands in src/engine/rewards, one file a reward.
 */
import { flag, languageOrNone, number, oneOf, orNull, type Rule, text, whole } from './rules.ts';

export const REWARD_NAMES = [
  'accuracy',
  'accuracy_trl',
  'format',
  'think_format',
  'harmony',
  'language',
  'answer_language',
  'short_answer',
  'repetition',
  'overlong',
  'length',
  'code',
  'own',
] as const;

export type RewardName = (typeof REWARD_NAMES)[number];

/** Those that pay for being right; others can be earned without it. */
export const correctnessRewards: readonly RewardName[] = ['accuracy', 'accuracy_trl', 'code'];

/** What a dataset's row says beside the question: what it is judged against. */
export interface RewardRow {
  readonly question?: string;
  /** A list (also as JSON text) accepts any of its members. */
  readonly gold?: string;
  /** The question's language, by name or code: how numbers are written in it. */
  readonly language?: string;
  /** The languages asked for. */
  readonly reasoning_language?: string;
  readonly answer_language?: string;
  /** Python statements that must pass after the program. */
  readonly tests?: readonly string[];
  /** The dataset's row under its own names, for a user's own reward. */
  readonly columns?: Readonly<Record<string, unknown>>;
}

/** What one reward says of one completion. */
export interface Verdict {
  /** null: nothing to say of this completion; it then counts in no mean of this reward. */
  readonly value: number | null;
  /** One sentence. */
  readonly why: string;
  /** What was read off the completion: the answer, or the language; null where nothing was found. */
  readonly parsed?: string | null;
}

export interface RewardStatistics {
  /** Over what it had something to say of; std with n - 1, null below two. */
  readonly mean: number | null;
  readonly std: number | null;
  /** Completions that it had nothing to say of. */
  readonly nulls: number;
  /** Mean by the language asked for; completions without one under ''. */
  readonly languages: Readonly<Record<string, number | null>>;
}

/** Some rows judged before a run. */
export interface TriedRewards {
  /** By row, then by reward in the order chosen. */
  readonly verdicts: readonly (readonly Verdict[])[];
  /** One per reward. */
  readonly statistics: readonly RewardStatistics[];
}

/** One row of the dataset to try rewards on, by its position. */
export interface RewardCell {
  readonly index: number;
  /** A text in place of the row's own answer, thoughts and control tokens included. */
  readonly completion?: string;
}

/** What the rewards of a run say of one row's answer. */
export interface TriedCell {
  /** Number in the file. */
  readonly row: number;
  readonly question: string;
  /** The right answer; null: the row has none. */
  readonly gold: string | null;
  readonly reasoning_language: string | null;
  readonly answer_language: string | null;
  /** What was judged, control tokens spelled out; '' where the row has no answer. */
  readonly completion: string;
  /** The row's own answer, which a given text stood in place of; '' where it has none. */
  readonly own: string;
  /** As the model's chat format reads it. */
  readonly thinking: string;
  readonly content: string;
  /** By reward in the order chosen. */
  readonly verdicts: readonly Verdict[];
  /** What each adds to the sum, its weight and the gates counted; null: nothing to say, or multiplied into the others. */
  readonly paid: readonly (number | null)[];
  /** null: no reward has anything to say. */
  readonly sum: number | null;
  /** Why nothing of this row can be judged. */
  readonly problem?: string;
}

export interface RewardSetting {
  readonly rule: Rule;
  readonly default: unknown;
  readonly label: string;
  readonly help: string;
  /** Labels of choices whose value alone is unclear. */
  readonly choiceLabels?: Readonly<Record<string, string>>;
}

export interface RewardInfo {
  readonly label: string;
  /** What it pays for, and what it does not see. */
  readonly help: string;
  /** Least and most that it pays by its defaults. */
  readonly range: readonly [number, number];
  /** TRL's function of the same kind, by whose name settings files may call it. */
  readonly trl?: string;
  /** What of the row it cannot do without. */
  readonly needs: readonly (keyof RewardRow)[];
  readonly settings: Readonly<Record<string, RewardSetting>>;
}

const tokens = whole(1, 2 ** 20);
const pay = number({ from: -1e6, to: 1e6 });

const paidBetween = (right: string, wrong: string): RewardInfo['settings'] => ({
  right: { rule: pay, default: 1, label: 'Paid when right', help: right },
  wrong: { rule: pay, default: 0, label: 'Paid when wrong', help: wrong },
});

const languageSettings: RewardInfo['settings'] = {
  otherwise: {
    rule: languageOrNone,
    default: '',
    label: 'Where none is asked for',
    help: 'The language that is paid then; empty: such answers have nothing to say.',
  },
  pass: {
    rule: oneOf('sentences', 'whole', 'lines', 'words'),
    default: 'sentences',
    label: 'Judged by',
    help: 'Lines and words: right only if all pass. The whole text: right only if it is in the language when read as one.',
    choiceLabels: { sentences: 'share of sentences', whole: 'the whole text', lines: 'every line', words: 'every word' },
  },
  ...paidBetween('A text that is wholly in the language.', 'A text that is not in it, or empty; between the two by its share.'),
  fewest_letters: {
    rule: whole(0, 10_000),
    default: 0,
    label: 'Fewest letters',
    help: 'A text with fewer counts as wrong; a Chinese character counts as three. 0: short texts are judged as far as they can be.',
  },
  distinct: {
    rule: flag,
    default: true,
    label: 'Repetition earns nothing',
    help: 'A sentence that was said before, and words over and over, are paid once.',
  },
  combine: {
    rule: oneOf('add', 'gate', 'anneal'),
    default: 'add',
    label: 'Joined to the others',
    help: 'Multiplied, a right answer in another language earns nothing. AdaMame’s schedule pays rare languages first, the one asked for later.',
    choiceLabels: { add: 'added', gate: 'multiplied into the others (gate)', anneal: 'multiplied, AdaMame’s schedule' },
  },
  anneal_bonus: {
    rule: number({ from: 0, to: 1000 }),
    default: 2,
    label: 'Bonus of the schedule',
    help: 'AdaMame’s B: how much the language asked for is worth at the end. Only with the schedule.',
  },
};

export const rewardTable: Readonly<Record<RewardName, RewardInfo>> = {
  accuracy: {
    label: 'Right answer',
    help: 'The answer after the thought, read by the number habits of the row’s language, against the row’s solution. Rows without one are left out.',
    range: [0, 1],
    needs: ['gold'],
    settings: {},
  },
  accuracy_trl: {
    label: 'Right answer, as TRL',
    help: 'TRL’s accuracy_reward and its mistakes, for comparing: right answers in digits or separators of other languages often earn nothing.',
    range: [0, 1],
    trl: 'accuracy_reward',
    needs: ['gold'],
    settings: {},
  },
  format: {
    label: 'One thought, then an answer',
    help: '<think>, a thought with words, </think>, an answer; each once. An empty thought earns nothing.',
    range: [0, 1],
    needs: [],
    settings: {
      answer_tags: {
        rule: flag,
        default: false,
        label: 'Answer between <answer> and </answer>',
        help: 'A good thought alone is then worth 0.5, with a tagged answer 1.',
      },
    },
  },
  think_format: {
    label: 'Thought between tags, as TRL',
    help: 'TRL’s think_format_reward on the prompt’s tag and the completion: empty thoughts and missing answers are paid too.',
    range: [0, 1],
    trl: 'think_format_reward',
    needs: [],
    settings: {},
  },
  harmony: {
    label: 'Well-formed Harmony',
    help: 'Channels in order, one final message, ended by its stop token.',
    range: [0, 1],
    needs: [],
    settings: {},
  },
  language: {
    label: 'Language of the thought',
    help: 'Share of the thought that is in the language asked for. Formulas, code and quotations have none. An empty thought and pieces of words earn nothing, one that is cut off earns half; words in no order are not seen.',
    range: [0, 1],
    needs: ['reasoning_language'],
    settings: languageSettings,
  },
  answer_language: {
    label: 'Language of the answer',
    help: 'Share of the answer that is in the language asked for it.',
    range: [0, 1],
    needs: ['answer_language'],
    settings: {
      same_as: {
        rule: oneOf('nothing', 'thought', 'question'),
        default: 'nothing',
        label: 'Else the same as',
        help: 'What counts where a row asks for no language of the answer.',
        choiceLabels: {
          nothing: 'nothing: not judged',
          thought: 'the language asked for the thought',
          question: 'the language of the question',
        },
      },
      ...languageSettings,
    },
  },
  short_answer: {
    label: 'Short answer',
    help: 'Pays an answer of few sentences. A line of its own is a sentence, and so are 300 letters without an end. An empty answer is never short.',
    range: [0, 1],
    needs: [],
    settings: {
      max_sentences: { rule: whole(1, 1000), default: 2, label: 'Most sentences', help: 'Of the answer, without the thought.' },
      ...paidBetween('An answer that is short enough.', 'A longer one, or none.'),
    },
  },
  repetition: {
    label: 'Repetition',
    help: 'Takes off for groups of tokens that come again.',
    range: [-1, 0],
    trl: 'repetition_penalty_reward',
    needs: [],
    settings: {
      ngram_size: { rule: whole(1, 1000), default: 3, label: 'Tokens in a group', help: 'How many tokens in a row make one group.' },
      max_penalty: {
        rule: number({ from: -1e6, to: 0 }),
        default: -1,
        label: 'Most taken off',
        help: 'Paid to an answer that only repeats itself.',
      },
    },
  },
  overlong: {
    label: 'Too long',
    help: 'Takes off the more, the nearer an answer comes to the longest length.',
    range: [-1, 0],
    trl: 'soft_overlong_punishment_reward',
    needs: [],
    settings: {
      max_completion_len: {
        rule: orNull(tokens),
        default: null,
        label: 'Longest length',
        help: 'In tokens; empty: the run’s longest answer.',
      },
      soft_punish_cache: {
        rule: orNull(whole(0, 2 ** 20)),
        default: null,
        label: 'Taken off from',
        help: 'Tokens before the longest length; empty: a fifth of it, as DAPO.',
      },
    },
  },
  length: {
    label: 'Right and short',
    help: 'TRL’s cosine: a right answer earns the more, the shorter it is; a wrong one loses the less, the longer it is.',
    range: [-1, 1],
    trl: 'cosine_scaled_reward',
    needs: ['gold'],
    settings: {
      max_len: {
        rule: orNull(tokens),
        default: null,
        label: 'Length of the whole scale',
        help: 'In tokens; empty: the run’s longest answer.',
      },
      min_value_wrong: { rule: pay, default: -1, label: 'Wrong and short', help: 'A wrong answer of no tokens.' },
      max_value_wrong: { rule: pay, default: -0.5, label: 'Wrong and long', help: 'A wrong answer of the whole length.' },
      min_value_correct: { rule: pay, default: 0.5, label: 'Right and long', help: 'A right answer of the whole length.' },
      max_value_correct: { rule: pay, default: 1, label: 'Right and short', help: 'A right answer of no tokens.' },
      judge: {
        rule: oneOf('accuracy', 'accuracy_trl'),
        default: 'accuracy',
        label: 'Right by',
        help: 'Our judge, or TRL’s.',
        choiceLabels: { accuracy: 'our judge', accuracy_trl: 'TRL’s judge' },
      },
    },
  },
  code: {
    label: 'Python that passes its tests',
    help: 'Runs the answer’s last code block, then the row’s tests; without tests it must run to its end. No network, no files, a fresh interpreter each.',
    range: [0, 1],
    needs: [],
    settings: {
      timeout_s: { rule: number({ above: 0, to: 60 }), default: 5, label: 'Longest time', help: 'Seconds a program with its tests.' },
      memory_mb: { rule: whole(64, 2048), default: 256, label: 'Most memory', help: 'MB.' },
    },
  },
  own: {
    label: 'Your own, in JavaScript',
    help: '(completion, row) => a number, or null for nothing to say. It sees no network, no page, no clock and remembers nothing.',
    range: [-1, 1],
    needs: [],
    settings: {
      source: { rule: text(100_000), default: '(completion, row) => null', label: 'Function', help: '' },
      timeout_s: { rule: number({ above: 0, to: 60 }), default: 2, label: 'Longest time', help: 'Seconds a completion.' },
      memory_mb: { rule: whole(1, 1024), default: 64, label: 'Most memory', help: 'MB.' },
    },
  },
};
