/** Mantine's own PostCSS preset: its mixins and rem(), used by our *.module.css files. */
export default { plugins: { 'postcss-preset-mantine': {} } };
