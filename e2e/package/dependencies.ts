import type { Dependencies } from './install.ts'

/** What the projects of users are built with. One list for each version of Vite, so that they share its installation. */
const forPwas: Dependencies = {
  'vite-plugin-pwa': '2.0.0',
  'workbox-precaching': '7.4.1',
  'workbox-routing': '7.4.1',
}

export const vite8: Dependencies = {
  vite: '8.3.8',
  ...forPwas,
  // With them every optional peer is there, and the types of each.
  '@types/node': '20.19.43',
  'workbox-background-sync': '7.4.1',
  'workbox-strategies': '7.4.1',
}
export const vite7: Dependencies = { vite: '7.3.8', ...forPwas }

/** What the components of the bindings are made with. */
export const frameworks: Dependencies = {
  react: '19.3.1',
  '@types/react': '19.3.3',
  vue: '3.5.45',
  svelte: '5.57.3',
}

/** With what the test kit needs. */
export const forTests: Dependencies = {
  ...vite8,
  '@playwright/test': '1.65.1',
  'oidc-provider': '9.13.3',
}

/** Nothing beside the package, and what checks its types. */
export const compilers: Dependencies = {
  typescript: '7.0.2',
  'typescript-5': 'npm:typescript@5.9.3',
}
