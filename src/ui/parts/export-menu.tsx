/** The files that something can be saved as. */
import { Button, Menu } from '@mantine/core';
import { DownIcon } from './icons.tsx';
import { saveFile } from './save-file.ts';

interface Props<Format extends string> {
  /** Of what is exported; its files are named after it. */
  name: string;
  /** `ending` follows the name. */
  formats: readonly { format: Format; label: string; ending: string }[];
  write: (format: Format) => Promise<Blob | undefined>;
  busy: boolean;
  testId: string;
}

export function ExportMenu<Format extends string>({ name, formats, write, busy, testId }: Props<Format>) {
  const save = async (format: Format, ending: string): Promise<void> => {
    const blob = await write(format);
    if (blob) saveFile(`${name.replaceAll(/[^\p{L}\p{N}]+/gu, '-')}${ending}`, blob);
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button size="compact-sm" variant="default" loading={busy} rightSection={<DownIcon size={12} />} data-testid={testId}>
          Export
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map(({ format, label, ending }) => (
          <Menu.Item key={format} onClick={() => void save(format, ending)} data-testid={`export-${format}`}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
