import { defineConfig } from 'vite'
import { VitePWA } from 'vite-plugin-pwa'
import { tokenGuardian } from 'token-guardian/vite'
import { guardianConfig } from './src/demo/guardian.config.ts'

const {
  APP_ORIGIN = `http://localhost:${process.env['APP_PORT'] ?? '5173'}`,
  VAULT_ORIGIN = `http://localhost:${process.env['VAULT_PORT'] ?? '5174'}`,
  TOPOLOGY = 'vault',
  AS_ORIGIN = `http://localhost:${process.env['AS_PORT'] ?? '4000'}`,
  API_ORIGIN = `http://localhost:${process.env['API_PORT'] ?? '4001'}`,
  GUARDIAN_OVERRIDES = '{}',
} = process.env
const origins = {
  as: AS_ORIGIN,
  api: API_ORIGIN,
  app: APP_ORIGIN,
  ...(TOPOLOGY === 'vault' ? { vault: VAULT_ORIGIN } : {}),
}

/** The demo PWA. The end-to-end tests build variants of it with GUARDIAN_OVERRIDES. */
export default defineConfig(({ command }) => ({
  root: 'src/demo',
  publicDir: '../../public',
  build: {
    outDir: process.env['DEMO_OUT'] ?? '../../dist-demo',
    emptyOutDir: true,
    target: 'es2022',
  },
  define: {
    __API_ORIGIN__: JSON.stringify(API_ORIGIN),
    __AS_ORIGIN__: JSON.stringify(AS_ORIGIN),
    __WORKER_URL__: JSON.stringify(command === 'serve' ? '/dev-sw.js?dev-sw' : '/sw.js'),
    __WORKER_TYPE__: JSON.stringify(command === 'serve' ? 'module' : 'classic'),
  },
  plugins: [
    tokenGuardian(guardianConfig(origins, JSON.parse(GUARDIAN_OVERRIDES))),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'worker',
      filename: 'sw.ts',
      injectRegister: false,
      injectManifest: { rollupFormat: 'iife', globPatterns: ['**/*.{js,css,html,svg}'] },
      devOptions: { enabled: true, type: 'module' },
      includeAssets: ['icon.svg', 'offline.html', 'offline.css'],
      manifest: {
        name: 'Token Guardian demo',
        short_name: 'Guardian',
        description: 'Sign in and call an API without a token in the page',
        theme_color: '#0f4c5c',
        background_color: '#f6f7f8',
        display: 'standalone',
        start_url: '/',
        icons: [
          { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
          { src: 'icon-512.png', sizes: '512x512', type: 'image/png' },
          { src: 'maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
    }),
  ],
}))
