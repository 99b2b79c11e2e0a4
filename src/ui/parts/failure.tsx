/** What went wrong, as every place of the page shows it. */
import { Alert, type AlertProps } from '@mantine/core';
import { WarnIcon } from './icons.tsx';

export function Failure(props: AlertProps) {
  return <Alert role="alert" variant="outline" color="red" bg="var(--panel)" icon={<WarnIcon />} {...props} />;
}
