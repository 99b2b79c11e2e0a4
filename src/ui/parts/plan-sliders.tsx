/** The settings that determine memory, as sliders: four of training, two of answering. */
import { formatInteger } from '../../lib/format.ts';
import type { TrainingSettings } from '../../protocol/training.ts';
import { type PlanSubject, planningStore, stops } from '../../state/planning.ts';
import { trySettings } from '../../state/planning-actions.ts';
import { usePlanning } from '../use.ts';
import classes from './parts.module.css';
import { StopsSlider } from './stops-slider.tsx';

const LONGEST_TRAINED = 16_384;
const LONGEST_ASKED = 131_072;
const COLUMNS = Array.from({ length: 10 }, (_, i) => i + 1);

export function PlanSliders({ subject, settings, context }: { subject: PlanSubject; settings: TrainingSettings; context: number }) {
  const cache_length = usePlanning((p) => p.cache_length);
  const columns = usePlanning((p) => p.cache_rows);
  const { per_device_train_batch_size: batch, gradient_accumulation_steps: accumulation, lora, encoding } = settings;
  /** Of the model's own, which max_length does not cut. */
  const answers = settings.method === 'grpo';
  const longest = (max: number) => (context > 0 ? Math.min(context, max) : max);
  const cached = Math.min(cache_length, longest(LONGEST_ASKED));
  return (
    <div className={classes.sliders}>
      <StopsSlider
        label="Rank"
        name="r"
        value={lora.r}
        stops={stops(2, 128, lora.r)}
        note="size of the adapter"
        onChange={(r) => trySettings(subject, { r })}
        testId="plan-r"
      />
      {!answers && (
        <StopsSlider
          label="Maximum length"
          name="max_length"
          unit="tokens"
          value={encoding.max_length}
          stops={stops(128, longest(LONGEST_TRAINED), encoding.max_length)}
          note="longer rows are truncated"
          onChange={(max_length) => trySettings(subject, { max_length })}
          testId="plan-max_length"
        />
      )}
      <StopsSlider
        label="Batch"
        name="per_device_train_batch_size"
        value={batch}
        stops={stops(1, 32, batch)}
        note={`× ${formatInteger(accumulation)} = ${formatInteger(batch * accumulation)} ${answers ? 'answers' : 'rows'} per step`}
        onChange={(value) => trySettings(subject, { per_device_train_batch_size: value })}
        testId="plan-per_device_train_batch_size"
      />
      <StopsSlider
        label="Block inputs"
        name="checkpoint_dtype"
        unit="bits"
        value={settings.checkpoint_dtype === 'int16' ? 16 : 32}
        stops={[16, 32]}
        note="where blocks are recomputed"
        onChange={(bits) => trySettings(subject, { checkpoint_dtype: bits === 16 ? 'int16' : 'float32' })}
        testId="plan-checkpoint_dtype"
      />
      <StopsSlider
        label="Cache"
        unit="tokens"
        value={cached}
        stops={stops(512, longest(LONGEST_ASKED), cached)}
        note="question and answer together"
        onChange={(length) => planningStore.setState({ cache_length: length })}
        testId="plan-cache_length"
      />
      <StopsSlider
        label="Columns at once"
        value={columns}
        stops={[...new Set([...COLUMNS, columns])].sort((a, b) => a - b)}
        note="asked side by side in Compare"
        onChange={(cache_rows) => planningStore.setState({ cache_rows })}
        testId="plan-cache_rows"
      />
    </div>
  );
}
