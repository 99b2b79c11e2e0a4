/**
 * What to start a run from, by the model's family: published recipes, each with its source, as far as they state a setting of ours. What a recipe does
 * not state has TRL's and PEFT's default; LoRA goes on all linear weights, whatever the recipe names. Read from the sources in November 2026.
 */
import type { SettingValues } from '../protocol/setting-values.ts';

export interface RecipeSource {
  readonly name: string;
  readonly url: string;
}

export interface FamilyRecipe {
  /** As people call the family. */
  readonly name: string;
  readonly sources: readonly RecipeSource[];
  /** What it was published for, and what is not from there. */
  readonly note: string;
  readonly values: SettingValues;
}

/** What all rows state, so that nothing of another recipe shows through. */
function recipe(
  [learning_rate, r, lora_alpha]: readonly [number, number, number],
  [max_length, batch, accumulation, epochs]: readonly [number, number, number, number],
  schedule: 'linear' | 'cosine' | 'constant',
  more: SettingValues = {},
): SettingValues {
  return {
    'optimizer.learning_rate': learning_rate,
    'lora.r': r,
    'lora.lora_alpha': lora_alpha,
    'encoding.max_length': max_length,
    per_device_train_batch_size: batch,
    gradient_accumulation_steps: accumulation,
    num_train_epochs: epochs,
    'optimizer.lr_scheduler_type': schedule,
    'optimizer.lr_scheduler_kwargs.min_lr_rate': undefined,
    'optimizer.warmup_steps': 0,
    'optimizer.weight_decay': 0,
    ...more,
  };
}

const unsloth = (notebook: string): RecipeSource => ({
  name: `Unsloth, ${notebook}`,
  url: `https://github.com/unslothai/notebooks/blob/main/nb/${encodeURIComponent(notebook)}.ipynb`,
});

/** By `model_type`. */
export const familyRecipes: Readonly<Record<string, FamilyRecipe>> = {
  gpt_oss: {
    name: 'gpt-oss',
    sources: [
      {
        name: 'OpenAI Cookbook, Fine-tuning with gpt-oss and Hugging Face Transformers',
        url: 'https://cookbook.openai.com/articles/gpt-oss/fine-tune-transfomers',
      },
    ],
    note: 'Here without the experts, with rows of 512 tokens, and learned from the assistant only; the preset Cookbook has all of it.',
    values: {},
  },
  qwen3: {
    name: 'Qwen3',
    sources: [unsloth('Qwen3_(14B)-Reasoning-Conversational')],
    note: 'Published for Qwen3-14B in 4 bits, three quarters reasoning and one quarter chat. For long runs it advises 2e-5.',
    values: recipe([2e-4, 32, 32], [2048, 2, 4, 1], 'linear', { 'optimizer.warmup_steps': 5, 'optimizer.weight_decay': 0.01 }),
  },
  qwen3_moe: {
    name: 'Qwen3 MoE',
    sources: [
      {
        name: 'torchtune, qwen3/30B_A3B_full',
        url: 'https://github.com/meta-pytorch/torchtune/blob/main/recipes/configs/qwen3/30B_A3B_full.yaml',
      },
      { name: 'TRL, LoRA Without Regret', url: 'https://huggingface.co/docs/trl/en/lora_without_regret' },
    ],
    note: 'Published for full fine-tuning only, at 5e-6; the rate here is ten times that, as LoRA takes it. Rank, alpha and length are the defaults of PEFT and TRL.',
    values: recipe([5e-5, 8, 8], [1024, 2, 8, 1], 'linear'),
  },
  qwen2: {
    name: 'Qwen2.5',
    sources: [unsloth('Qwen2.5_(7B)-Alpaca')],
    note: 'Published for Qwen2.5-7B in 4 bits on short instructions.',
    values: recipe([2e-4, 16, 16], [2048, 2, 4, 1], 'linear', { 'optimizer.warmup_steps': 5, 'optimizer.weight_decay': 0.01 }),
  },
  llama: {
    name: 'the Llama architecture',
    sources: [unsloth('Llama3.2_(1B_and_3B)-Conversational')],
    note: 'Published for Llama-3.2-1B and 3B in 4 bits on conversations; other models of this architecture get the same.',
    values: recipe([2e-4, 16, 16], [2048, 2, 4, 1], 'linear', { 'optimizer.warmup_steps': 5, 'optimizer.weight_decay': 0.001 }),
  },
  mistral: {
    name: 'Mistral',
    sources: [
      {
        name: 'Hugging Face, Alignment Handbook, zephyr-7b-beta with QLoRA',
        url: 'https://github.com/huggingface/alignment-handbook/blob/main/recipes/zephyr-7b-beta/sft/config_qlora.yaml',
      },
    ],
    note: 'Published for Mistral-7B-v0.1 in 4 bits on long chats.',
    values: recipe([2e-4, 16, 16], [2048, 4, 2, 1], 'cosine', { 'optimizer.warmup_steps': 0.1 }),
  },
  smollm3: {
    name: 'SmolLM3',
    sources: [{ name: 'Hugging Face, a smol course, unit 1', url: 'https://huggingface.co/learn/smol-course/unit1/4' }],
    note: 'Published for SmolLM3-3B-Base on everyday conversations with reasoning.',
    values: recipe([5e-5, 8, 16], [2048, 2, 2, 1], 'linear', { 'optimizer.warmup_steps': 50, 'optimizer.weight_decay': 0.01 }),
  },
  gemma3_text: {
    name: 'Gemma 3',
    sources: [
      {
        name: 'Google, Fine-Tune Gemma using Hugging Face Transformers and QLoRA',
        url: 'https://ai.google.dev/gemma/docs/core/huggingface_text_finetune_qlora',
      },
    ],
    note: 'Published for gemma-3-1b in 4 bits on short answers; there embedding and head train too, which they do not here.',
    values: recipe([2e-4, 16, 16], [512, 1, 4, 3], 'constant', { 'optimizer.warmup_steps': 0.03, 'optimizer.max_grad_norm': 0.3 }),
  },
  granite: {
    name: 'Granite',
    sources: [
      {
        name: 'IBM, Granite Snack Cookbook, Model Fine-Tuning with Unsloth',
        url: 'https://github.com/ibm-granite-community/granite-snack-cookbook/blob/main/recipes/Fine_Tuning/FineTuning_with_Unsloth.ipynb',
      },
    ],
    note: 'Published for granite-3.3-2b-instruct in 16 bits on mathematical problems.',
    values: recipe([2e-4, 16, 16], [2048, 2, 4, 2], 'linear', { 'optimizer.weight_decay': 0.01 }),
  },
};

/** Of a `model_type`. */
export function recipeOf(family: string | undefined): FamilyRecipe | undefined {
  return family !== undefined && Object.hasOwn(familyRecipes, family) ? familyRecipes[family] : undefined;
}
