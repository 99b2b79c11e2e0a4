/** A quiet button that unfolds what is seldom needed. */
import { Button } from '@mantine/core';
import { DownIcon } from './icons.tsx';

interface Props {
  label: string;
  open: boolean;
  onClick: () => void;
  testId: string;
}

export function MoreButton({ label, open, onClick, testId }: Props) {
  return (
    <Button
      variant="subtle"
      color="gray"
      c="var(--mantine-color-text)"
      size="compact-xs"
      px={4}
      mt={6}
      aria-expanded={open}
      rightSection={<DownIcon size={11} />}
      onClick={onClick}
      data-testid={testId}
    >
      {label}
    </Button>
  );
}
