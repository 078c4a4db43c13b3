// Bundles the published code as an app would, into files whose sizes are then checked against the budgets in package.json.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { buildVault } from 'token-guardian/vite'
import { build } from 'vite'

const OUT = '.build/sizes'
const bundles = [
  { name: 'client', entry: `export * from 'token-guardian'`, external: [] },
  { name: 'client-own', entry: `export * from 'token-guardian'`, external: ['workbox-window'] },
  {
    name: 'workbox-own',
    entry: `export * from 'token-guardian/workbox'`,
    external: ['workbox-strategies', 'workbox-background-sync'],
  },
  { name: 'doctor', entry: `export * from 'token-guardian/doctor'`, external: [] },
  {
    name: 'forwarder',
    entry: `import { installForwarder } from 'token-guardian/worker'\ninstallForwarder(self, self.config)`,
    external: [],
  },
  {
    name: 'worker',
    entry: `import { installGuardian } from 'token-guardian/worker'\ninstallGuardian(self, self.config)`,
    external: [],
  },
]

await rm(OUT, { recursive: true, force: true })
await mkdir(OUT, { recursive: true })
for (const { name, entry, external } of bundles) {
  const input = `${OUT}/${name}.entry.js`
  await writeFile(input, entry)
  await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      outDir: OUT,
      emptyOutDir: false,
      target: 'es2022',
      minify: true,
      // The library format `es` keeps white space, which no app ships.
      lib: { entry: input, formats: ['iife'], name: 'measured', fileName: () => `${name}.js` },
      rollupOptions: { external, output: { globals: (id) => id.replaceAll('-', '_') } },
    },
  })
}

await buildVault(
  {
    topology: 'vault',
    vaultOrigin: 'https://vault.example.com',
    appOrigins: ['https://app.example.com'],
    clients: { issuer: 'https://id.example.com', clientId: 'app' },
    resources: [{ url: 'https://api.example.com/v1/' }],
  },
  `${OUT}/vault`,
)
