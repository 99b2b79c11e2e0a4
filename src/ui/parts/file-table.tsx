/** Files with their sizes, before they are written or sent. */
import { Table } from '@mantine/core';
import { formatBytes } from '../../lib/format.ts';

interface Props {
  files: readonly { path: string; bytes: number }[];
  label: string;
  testId: string;
}

export function FileTable({ files, label, testId }: Props) {
  return (
    <Table fz="sm" mt="sm" verticalSpacing={2} data-testid={testId} aria-label={label}>
      <Table.Tbody>
        {files.map(({ path, bytes }) => (
          <Table.Tr key={path}>
            <Table.Td ff="monospace" fz="xs">
              {path}
            </Table.Td>
            <Table.Td ta="right" className="numbers">
              {formatBytes(bytes)}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
