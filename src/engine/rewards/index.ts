/** The plain rewards by name. `code` and `own` run programs of others, each in a thread of its own: score.ts. */
import type { RewardName } from '../../protocol/rewards.ts';
import { accuracy, accuracyTrl, length } from './answers.ts';
import { harmony } from './harmony.ts';
import { answerLanguage, language } from './language.ts';
import { overlong, repetition } from './lengths.ts';
import type { Reward } from './reward.ts';
import { shortAnswer } from './short-answer.ts';
import { format, thinkFormat } from './tags.ts';

export const rewards: Readonly<Partial<Record<RewardName, Reward>>> = {
  accuracy,
  accuracy_trl: accuracyTrl,
  format,
  think_format: thinkFormat,
  harmony,
  language,
  answer_language: answerLanguage,
  short_answer: shortAnswer,
  repetition,
  overlong,
  length,
};
