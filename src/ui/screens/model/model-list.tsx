/** Models that are known to run here, from the smallest on, with how long rows may be that each trains on with this GPU. */
import { Title } from '@mantine/core';
import { useEffect } from 'react';
import { formatBytes } from '../../../lib/format.ts';
import { type KnownModel, knownModels } from '../../../lib/known-models.ts';
import { fitKnownModels } from '../../../state/model-list.ts';
import { GIB } from '../../../state/planning.ts';
import { useModelList, usePlanning } from '../../use.ts';
import { ModelTable, trainsText } from './model-table.tsx';

export function ModelList({ onChoose }: { onChoose: (repository: string) => void }) {
  const bytes = usePlanning((p) => p.gpu_bytes);
  const { fits } = useModelList();
  useEffect(() => {
    if (bytes !== null) void fitKnownModels();
  }, [bytes]);
  const trains = ({ repository, gpu }: KnownModel): string => {
    const fit = fits[repository];
    return bytes === null ? `from ${formatBytes(gpu * GIB)}` : fit ? trainsText(fit) : '…';
  };
  return (
    <section data-testid="model-list">
      <Title order={3} mb={4}>
        Models that run here
      </Title>
      <ModelTable
        label="Models that run here"
        last="Languages"
        testId="known-model"
        onChoose={onChoose}
        rows={knownModels.map((model) => ({
          repository: model.repository,
          badges: model.reasons ? ['reasons'] : [],
          parameters: model.parameters,
          bytes: downloadOf(model),
          trains: trains(model),
          licence: model.gated ? `${model.licence}, to be agreed to on the Hub` : model.licence,
          last: model.languages,
        }))}
      />
    </section>
  );
}

/** bf16, but for gpt-oss, whose experts are MXFP4: 4.25 bits of 19.1 thousand million values. */
function downloadOf({ config, parameters }: KnownModel): number {
  return 'quantization_config' in config ? 13.8e9 : 2 * parameters;
}
