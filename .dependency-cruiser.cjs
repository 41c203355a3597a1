/** Layers: imports go one way. cpu <- machine <- kernel <- ckpt <- api <- cli; none of the first four knows Node. */
const LAYERS = ['cpu', 'machine', 'kernel', 'ckpt', 'api', 'cli'];

/** A layer may import itself and those before it. */
const upward = LAYERS.slice(0, -1).map((layer, i) => ({
  name: `${layer}-imports-downwards`,
  severity: 'error',
  comment: `src/${layer} may import ${LAYERS.slice(0, i + 1).join(', ')} only`,
  from: { path: `^src/${layer}/` },
  to: { path: `^src/(${LAYERS.slice(i + 1).join('|')}|lab)/` },
}));

module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'no-node-below-api',
      severity: 'error',
      comment: 'cpu, machine, kernel and ckpt run in a browser; the host comes in through small interfaces',
      from: { path: '^src/(cpu|machine|kernel|ckpt)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-packages-in-the-machine',
      severity: 'error',
      comment: 'the emulated machine stands alone; only the checkpoint layer and the console digest use packages',
      from: { path: '^src/(cpu|machine)/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer'] },
    },
    {
      name: 'no-development-packages-in-src',
      severity: 'error',
      comment: 'what the published package imports must be among its dependencies',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'library-entry-without-node',
      severity: 'error',
      comment:
        'src/api/index.ts loads in a browser: Node is reached through src/api/node*.ts only, which it does not import',
      from: { path: '^src/api/', pathNot: '^src/api/node' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'library-entry-without-node-files',
      severity: 'error',
      comment: 'the browser-safe half of the library does not reach the Node half',
      from: { path: '^src/api/', pathNot: '^src/api/node' },
      to: { path: '^src/api/node', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'tests-stay-outside',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|bench|images)/' },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
