/**
 * Mantine's theme: neutral ground, one accent, the reader's own system fonts, no motion where the system asks for none.
 * The variables below lift Mantine's quiet greys to a contrast of at least 4.5:1 in both schemes.
 */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const ink: MantineColorsTuple = [
  '#eef0fb',
  '#dadef6',
  '#b6bdec',
  '#95a0e6',
  '#7683dd',
  '#5a68d3',
  '#4a58c8',
  '#3c49b4',
  '#323d9b',
  '#262f7d',
];

export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: { light: 7, dark: 5 }, // 4.8:1 under white words, and 3.4:1 against a panel
  colors: {
    ink,
    dark: ['#dcdde1', '#b9bbc3', '#a2a5ae', '#7f828c', '#44474f', '#33363d', '#26282e', '#191a1e', '#141519', '#0e0f12'],
  },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", "Noto Sans Arabic", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "Noto Sans Mono", Menlo, Consolas, monospace',
  headings: { fontWeight: '600', sizes: { h1: { fontSize: '1.5rem' }, h2: { fontSize: '1.125rem' }, h3: { fontSize: '0.95rem' } } },
  fontSizes: { xs: '0.78rem', sm: '0.875rem', md: '0.95rem', lg: '1.1rem', xl: '1.25rem' },
  defaultRadius: 'sm',
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Alert: { styles: { title: { color: 'var(--mantine-color-text)' }, message: { color: 'var(--mantine-color-text)' } } },
    Anchor: { defaultProps: { underline: 'always' } },
    Switch: { styles: { description: { fontSize: '0.75rem' } } },
    InputWrapper: { styles: { label: { fontWeight: 500 }, description: { fontSize: '0.75rem' } } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true, multiline: true, maw: 320 } },
    Popover: { defaultProps: { shadow: 'md', withArrow: false } },
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#fbfbfa',
    '--mantine-color-text': '#1d1e22',
    '--mantine-color-dimmed': '#5b5e68',
    '--mantine-color-placeholder': '#696c76',
    '--mantine-color-anchor': '#3c49b4',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-default-border': '#d9dade',
  },
  dark: {
    '--mantine-color-body': '#17181b',
    '--mantine-color-text': '#e3e4e8',
    '--mantine-color-dimmed': '#a5a8b1',
    '--mantine-color-placeholder': '#8f929c',
    '--mantine-color-anchor': '#a3aeee',
    '--mantine-color-error': '#ff9a92',
    '--mantine-color-default-border': '#373a41',
  },
});
