/**
 * What the card of an adapter says when it learned from a teacher that is the same model: what it learned from, from whom, and the papers that the settings come
 * from. Which preset was chosen is not recorded, so that a paper is cited where its settings are used.
 */
import { type DistillationSettings, distillationDefaults } from '../../protocol/distillation.ts';
import type { RunRecord } from '../../protocol/training.ts';

interface Paper {
  readonly title: string;
  readonly arxiv: string;
  readonly name: string;
  readonly bibtex: string;
  readonly used: (settings: DistillationSettings) => boolean;
}

const PAPERS: readonly Paper[] = [
  {
    name: 'COPSD',
    title: 'Crosslingual On-Policy Self-Distillation for Multilingual Reasoning',
    arxiv: '2605.09548',
    bibtex: `@article{liu2026copsd,
    title        = {{Crosslingual On-Policy Self-Distillation for Multilingual Reasoning}},
    author       = {Yihong Liu and Raoyuan Zhao and Michael A. Hedderich and Hinrich Sch{\\"u}tze},
    year         = 2026,
    eprint       = {arXiv:2605.09548},
}`,
    used: () => true,
  },
  {
    name: 'SDFT',
    title: 'Self-Distillation Enables Continual Learning',
    arxiv: '2601.19897',
    bibtex: `@article{shenfeld2026selfdistillation,
    title        = {{Self-Distillation Enables Continual Learning}},
    author       = {Idan Shenfeld and Mehul Damani and Jonas H{\\"u}botter and Pulkit Agrawal},
    year         = 2026,
    eprint       = {arXiv:2601.19897},
}`,
    used: ({ distillation_mode, loss_reduction }) => distillation_mode === 'topk_logits' || loss_reduction === 'row',
  },
  {
    name: 'GKD',
    title: 'On-Policy Distillation of Language Models: Learning from Self-Generated Mistakes',
    arxiv: '2306.13649',
    bibtex: `@inproceedings{agarwal2024on-policy,
    title        = {{On-Policy Distillation of Language Models: Learning from Self-Generated Mistakes}},
    author       = {Rishabh Agarwal and Nino Vieillard and Yongchao Zhou and Piotr Stanczyk and Sabela Ramos Garea and Matthieu Geist and Olivier Bachem},
    year         = 2024,
    booktitle    = {The Twelfth International Conference on Learning Representations, {ICLR} 2024, Vienna, Austria, May 7-11, 2024},
    publisher    = {OpenReview.net},
    url          = {https://openreview.net/forum?id=3zKtaqxLhW},
}`,
    used: ({ beta, lmbda }) => lmbda < 1 || (beta > 0 && beta < 1),
  },
];

export const DISTILLATION_TAGS = ['distillation', 'self-distillation'];

const TEACHERS: Readonly<Record<DistillationSettings['teacher_model_kind'], string>> = {
  base: 'the model without the adapter',
  live: 'the model with the adapter as it stood',
  ema: 'the model with a running average of the adapter',
};

function settingsOf({ settings }: Pick<RunRecord, 'settings'>): DistillationSettings {
  return { ...distillationDefaults, ...settings.distillation };
}

export function distillationIntroduction(run: Pick<RunRecord, 'settings'>): string {
  const own = settingsOf(run);
  const [{ name, title, arxiv }] = PAPERS as readonly [Paper];
  const answers =
    own.lmbda === 1
      ? 'its own answers'
      : own.lmbda === 0
        ? 'the dataset’s answers'
        : `its own answers (${own.lmbda} of the prompts) and the dataset’s`;
  return `This model was trained with on-policy self-distillation as in ${name}, [${title}](https://huggingface.co/papers/${arxiv}): at each token of ${answers} it learned what ${TEACHERS[own.teacher_model_kind]} would have written next, had it been shown more.`;
}

export function distillationCitations(run: Pick<RunRecord, 'settings'>): string {
  const own = settingsOf(run);
  const cited = PAPERS.filter(({ used }) => used(own)).map(({ name, bibtex }) => `Cite ${name} as:\n\n\`\`\`bibtex\n${bibtex}\n\`\`\``);
  return `## Citations\n\n${cited.join('\n\n')}`;
}
