/**
 * The listing of the Hub-like server: `GET /api/models?search=...&sort=downloads&limit=...&expand=...`, as huggingface.co answers it in 2026: name, counts,
 * tags, gating, a part of config.json, and the values of the safetensors files by dtype. A private repository is listed for its token alone.
 */

const CONFIG = ['architectures', 'model_type', 'quantization_config', 'auto_map'];

/** Entries by downloads; `limit` at most 100. Without `expand` only names, as there. */
export function listModels(hub, url, request) {
  const { searchParams } = url;
  const text = (searchParams.get('search') ?? '').toLowerCase();
  const limit = Math.min(100, Number(searchParams.get('limit') ?? 100));
  const expand = searchParams.getAll('expand');
  return [...hub.repositories.values()]
    .filter(({ name }) => !name.startsWith('datasets/') && name.toLowerCase().includes(text))
    .filter(({ token, gated }) => !token || gated || request.headers.authorization === `Bearer ${token}`)
    .sort((a, b) => b.downloads - a.downloads)
    .slice(0, limit)
    .map((repository) => entryOf(repository, expand));
}

function entryOf(repository, expand) {
  const { name, gated, token, downloads } = repository;
  const files = [...repository.filesAt(repository.resolve('main')).values()];
  const all = {
    downloads,
    gated,
    private: token !== undefined && !gated,
    tags: tagsOf(files),
    config: configOf(files),
    safetensors: valuesOf(files),
  };
  const wanted = Object.entries(all).filter(([key, value]) => expand.includes(key) && value !== undefined);
  return { _id: 'x', id: name, ...Object.fromEntries(wanted) };
}

const textOf = (files, path) => {
  const file = files.find((one) => one.path === path);
  return file && Buffer.from(file.read(0, file.size)).toString('utf8');
};

function tagsOf(files) {
  const licence = /^license: *(\S+)$/m.exec(textOf(files, 'README.md') ?? '')?.[1];
  const has = (pattern) => files.some(({ path }) => pattern.test(path));
  return [
    ...(has(/\.safetensors$/) ? ['safetensors'] : []),
    ...(has(/\.gguf$/) ? ['gguf'] : []),
    ...(has(/^adapter_config\.json$/) ? ['peft'] : []),
    ...(licence ? [`license:${licence}`] : []),
    'region:us',
  ];
}

function configOf(files) {
  const config = JSON.parse(textOf(files, 'config.json') ?? 'null');
  return config ? Object.fromEntries(CONFIG.filter((key) => key in config).map((key) => [key, config[key]])) : undefined;
}

/** From the headers of the files, as the Hub does it. */
function valuesOf(files) {
  const parameters = {};
  for (const file of files.filter(({ path }) => path.endsWith('.safetensors'))) {
    const bytes = Number(Buffer.from(file.read(0, Math.min(8, file.size))).readBigUInt64LE());
    if (bytes === 0 || bytes > file.size - 8) return undefined; // made-up content
    const header = JSON.parse(Buffer.from(file.read(8, 8 + bytes)).toString('utf8'));
    for (const [name, { dtype, shape }] of Object.entries(header)) {
      if (name !== '__metadata__') parameters[dtype] = (parameters[dtype] ?? 0) + shape.reduce((product, side) => product * side, 1);
    }
  }
  const total = Object.values(parameters).reduce((sum, count) => sum + count, 0);
  return total > 0 ? { parameters, total } : undefined;
}
