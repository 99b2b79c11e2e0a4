/** What is in the zip, and where it opens. */
import { Button, Code, CopyButton, Group, Paper, Table, Text, Title } from '@mantine/core';
import { loadingCode } from '../../../lib/loading-code.ts';
import { BUNDLED_FOLDER } from '../../../protocol/model.ts';
import { exportBundledModel } from '../../../state/train-actions.ts';
import { DownloadIcon } from '../../parts/icons.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { useBusy, useFacts } from '../../use.ts';

const FILES: [string, string][] = [
  ['adapter_model.safetensors', 'The weights, under PEFT’s own names.'],
  ['adapter_config.json', 'Rank, alpha and targets, as PEFT reads them.'],
  ['README.md', 'A model card: base model, training procedure, data, metrics, versions.'],
  ['log.jsonl', 'Every step with TRL’s metric names, and the reasoning sampled at each probe.'],
  ['settings.json', 'The settings of the run, to repeat it.'],
];

export function Contents() {
  const base = useFacts((f) => f.adapter?.base_model ?? (f.model?.source === 'bundled' ? BUNDLED_FOLDER : f.model?.name) ?? 'BASE_MODEL');
  const code = useFacts((f) => loadingCode(base, 'path/to/the/unzipped/folder', f.model?.quant_method ?? null));
  return (
    <Paper className="panel" p="lg">
      <Title order={2}>What the zip contains</Title>
      <Table fz="sm" mt="xs" verticalSpacing={4}>
        <Table.Tbody>
          {FILES.map(([name, text]) => (
            <Table.Tr key={name}>
              <Table.Td ff="monospace" fz="xs" style={{ whiteSpace: 'nowrap', verticalAlign: 'top' }}>
                {name}
              </Table.Td>
              <Table.Td>{text}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Title order={2} mt="lg">
        Where it opens
      </Title>
      <Text size="sm" mt={4} className="reading">
        In Python with transformers 5 or newer and peft 0.19.1 or newer; expert weights need exactly that, because older pairs read them
        transposed. And here: the same zip can be imported on this page.
      </Text>
      {base === BUNDLED_FOLDER && <BaseModel />}
      <Code block mt="sm" fz="xs" tabIndex={0} style={{ overflow: 'auto' }}>
        {code}
      </Code>
      <Group mt="xs">
        <CopyButton value={code}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="default" onClick={copy}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </Group>
    </Paper>
  );
}

/** The bundled model is in no repository, so its folder can be taken along too. */
function BaseModel() {
  const busy = useBusy('export-model');
  const download = async (): Promise<void> => {
    const bundle = await exportBundledModel();
    if (bundle) saveFile(bundle.name, new Blob([bundle.bytes], { type: 'application/zip' }));
  };
  return (
    <>
      <Text size="sm" mt="xs" className="reading">
        The bundled model is in no repository: take its folder along, and unpack both zips beside each other.
      </Text>
      <Button
        size="xs"
        mt="xs"
        variant="default"
        h="auto"
        mih={30}
        maw="100%"
        styles={{ label: { whiteSpace: 'normal' } }}
        leftSection={<DownloadIcon size={14} />}
        loading={busy}
        onClick={() => void download()}
        data-testid="download-model"
      >
        Download {BUNDLED_FOLDER}.zip, 2 MiB
      </Button>
    </>
  );
}
