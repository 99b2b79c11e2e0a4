/** Where a model comes from: the bundled one, or a folder of this machine in Hugging Face layout. */
import { Badge, Button, Group, SimpleGrid, Text } from '@mantine/core';
import { loadBundledModel, loadModelFolder } from '../../../state/model-actions.ts';
import { viewStore } from '../../../state/view.ts';
import { FolderInput } from '../../parts/folder-input.tsx';
import { useBusy, useFacts, useView } from '../../use.ts';

export function SourceCards() {
  const source = useFacts((f) => f.model?.source);
  const problem = useFacts((f) => f.problem !== null);
  const busy = useBusy('load-model');
  const lastFolder = useView((v) => v.lastFolder);
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
      <div className="panel" style={{ padding: 16 }}>
        <Group justify="space-between" wrap="nowrap" align="flex-start">
          <div>
            <Text size="sm" fw={600}>
              Bundled model
            </Text>
            <Text size="sm" c="dimmed">
              Very small, made for this page. No download.
            </Text>
          </div>
          {source === 'bundled' ? (
            <Badge style={{ flex: 'none' }} variant="outline" color="gray" c="var(--mantine-color-text)" tt="none" fw={500}>
              Loaded
            </Badge>
          ) : (
            <Button
              size="xs"
              variant="default"
              style={{ flex: 'none' }}
              disabled={busy || problem}
              onClick={() => {
                viewStore.setState({ lastFolder: null });
                void loadBundledModel();
              }}
            >
              Use it
            </Button>
          )}
        </Group>
      </div>
      <FolderInput
        label="A folder of yours"
        hint={
          lastFolder && source !== 'folder'
            ? `Last time you used ${lastFolder}; a page may not open it again by itself. Open or drop it here.`
            : 'gpt-oss in Hugging Face layout: config.json, safetensors, tokenizer.json. Drop it here.'
        }
        button="Open folder"
        testId="model-folder"
        busy={false}
        disabled={busy || problem}
        onFolder={(folder) => void loadModelFolder(folder.name, folder.files)}
      />
    </SimpleGrid>
  );
}
