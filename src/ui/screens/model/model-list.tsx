/** Models that are known to run here, by the memory of the GPU: what each is, what it weighs, and how long rows may be that it trains on. */
import { Anchor, Badge, Group, Table, Text, Title } from '@mantine/core';
import { useEffect } from 'react';
import { formatBytes, formatInteger } from '../../../lib/format.ts';
import { type KnownModel, knownModels } from '../../../lib/known-models.ts';
import { HUGGING_FACE, hubStore } from '../../../state/hub.ts';
import { fitKnownModels, type KnownFit } from '../../../state/model-list.ts';
import { planningStore } from '../../../state/planning.ts';
import { GpuSize } from '../../parts/planner.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { useModelList, usePlanning } from '../../use.ts';

export function ModelList() {
  const bytes = usePlanning((p) => p.gpu_bytes);
  const { fits } = useModelList();
  useEffect(() => {
    if (bytes !== null) void fitKnownModels();
  }, [bytes]);
  return (
    <section data-testid="model-list">
      <Group justify="space-between" gap="xs">
        <Title order={2}>Models that run here</Title>
        <GpuSize />
      </Group>
      <Text size="sm" c="dimmed" mt={2} mb="xs">
        {bytes === null
          ? 'State the memory of your GPU, to see what each trains.'
          : 'Trains: the longest rows, in tokens, with LoRA r 16 on all linear weights and one row at a time, as the model is published.'}
      </Text>
      <Scroll label="Models that run here" style={{ overflow: 'auto', maxHeight: 240 }}>
        <Table fz="xs" verticalSpacing={3} style={{ whiteSpace: 'nowrap' }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Model</Table.Th>
              <Table.Th ta="right">Download</Table.Th>
              <Table.Th ta="right">Trains</Table.Th>
              <Table.Th>Licence</Table.Th>
              <Table.Th>Languages</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {knownModels.map((model) => (
              <Row key={model.repository} model={model} fit={bytes === null ? undefined : fits[model.repository]} waits={bytes !== null} />
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
    </section>
  );
}

function Row({ model, fit, waits }: { model: KnownModel; fit: KnownFit | undefined; waits: boolean }) {
  const { repository, licence, languages, gated, reasons } = model;
  return (
    <Table.Tr data-testid="known-model">
      <Table.Td>
        <Anchor component="button" type="button" fz="xs" mih={24} onClick={() => choose(repository)}>
          {repository}
        </Anchor>{' '}
        {reasons && (
          <Badge size="xs" variant="light">
            reasons
          </Badge>
        )}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {formatBytes(downloadOf(model))}
      </Table.Td>
      <Table.Td ta="right" className="numbers">
        {fit ? trains(fit) : waits ? '…' : ''}
      </Table.Td>
      <Table.Td>
        {licence}
        {gated && ', to be agreed to on the Hub'}
      </Table.Td>
      <Table.Td>{languages}</Table.Td>
    </Table.Tr>
  );
}

function trains({ max_length, peak }: KnownFit): string {
  return max_length === null ? `does not fit: ${formatBytes(peak)}` : `up to ${formatInteger(max_length)}`;
}

/** bf16, but for gpt-oss, whose experts are MXFP4: 4.25 bits of 19.1 thousand million values. */
function downloadOf({ config, parameters }: KnownModel): number {
  return 'quantization_config' in config ? 13.8e9 : 2 * parameters;
}

function choose(repository: string): void {
  hubStore.setState({ repository, revision: 'main', endpoint: HUGGING_FACE });
  planningStore.setState({ recipe: null, tried: {} });
}
