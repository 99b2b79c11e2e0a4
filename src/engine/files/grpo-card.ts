/**
 * What the card of an adapter says when it learned from rewards: the words, tags and citations that TRL's GRPOTrainer writes (trl 1.13, templates/lm_model_card.md),
 * and the rewards of the run with what each paid at its beginning and end.
 */
import { formatLoss } from '../../lib/format.ts';
import { grpoDefaults } from '../../protocol/grpo.ts';
import { type RewardName, rewardTable } from '../../protocol/rewards.ts';
import type { RunRecord } from '../../protocol/training.ts';

export const GRPO_TAGS = ['grpo', 'trl'];

const PAPER = 'DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models';

export const GRPO_INTRODUCTION = `This model was trained with GRPO, a method introduced in [${PAPER}](https://huggingface.co/papers/2402.03300), with the semantics of TRL’s GRPOTrainer.`;

/** `words`: text from elsewhere as Markdown that is nothing but text. */
export function rewardsOf({ settings, metrics }: RunRecord, words: (text: string) => string): string {
  const { reward_funcs, reward_weights, reward_settings } = { ...grpoDefaults, ...settings.grpo };
  const lines = reward_funcs.map((name, k) => {
    const info = Object.hasOwn(rewardTable, name) ? rewardTable[name as RewardName] : null;
    const own = reward_settings[name];
    const paid = [metrics[0], metrics.at(-1)].flatMap((logged) => {
      const mean = logged?.[`rewards/${name}/mean`];
      return logged && mean !== undefined ? [`${formatLoss(mean)} at step ${logged.step}`] : [];
    });
    const parts = [
      `weight ${reward_weights?.[k] ?? 1}`,
      ...(own && Object.keys(own).length > 0 ? [`settings ${words(JSON.stringify(own))}`] : []),
      ...(paid.length > 0 ? [`mean ${[...new Set(paid)].join(', ')}`] : []),
    ];
    return `- ${words(name)}${info ? ` (${info.label})` : ''}: ${parts.join('; ')}`;
  });
  return `### Rewards\n\n${lines.join('\n')}`;
}

/** As TRL writes them. */
export const GRPO_CITATIONS = `## Citations

Cite GRPO as:

\`\`\`bibtex
@article{shao2024deepseekmath,
    title        = {{${PAPER}}},
    author       = {Zhihong Shao and Peiyi Wang and Qihao Zhu and Runxin Xu and Junxiao Song and Mingchuan Zhang and Y. K. Li and Y. Wu and Daya Guo},
    year         = 2024,
    eprint       = {arXiv:2402.03300},
}
\`\`\`

Cite TRL as:

\`\`\`bibtex
@software{vonwerra2020trl,
  title   = {{TRL: Transformers Reinforcement Learning}},
  author  = {von Werra, Leandro and Belkada, Younes and Tunstall, Lewis and Beeching, Edward and Thrush, Tristan and Lambert, Nathan and Huang, Shengyi and Rasul, Kashif and Gallouédec, Quentin},
  license = {Apache-2.0},
  url     = {https://github.com/huggingface/trl},
  year    = {2020}
}
\`\`\``;
