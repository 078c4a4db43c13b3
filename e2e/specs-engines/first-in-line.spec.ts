import { writeFile } from 'node:fs/promises'

import { expect, test } from '../engines/test.ts'
import { bake } from '../fixtures/baked-app.ts'
import { buildFolder } from '../fixtures/demo-builds.ts'
import { serveFolder } from '../fixtures/folder-server.ts'

/** Shows the app for every navigation, and touches nothing else. */
const FALLBACK = `self.addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate') event.respondWith(fetch('/'))
})
`
const GUARDIAN = `importScripts('guardian-sw.js')\n`

test('a worker whose navigation fallback would get the callback does not install; behind the guardian it does', async ({
  session,
  engine,
}) => {
  const root = `${buildFolder()}/first-in-line-${engine}`
  await bake(root, {
    topology: 'same-origin',
    clients: { issuer: 'https://id.example.com', clientId: 'app' },
    resources: [{ url: 'https://api.example.com/v1/' }],
  })
  await writeFile(`${root}/index.html`, '<!doctype html><title>An app</title>')
  await writeFile(`${root}/last.js`, FALLBACK + GUARDIAN)
  await writeFile(`${root}/first.js`, GUARDIAN + FALLBACK)
  const host = await serveFolder(root)
  try {
    const tab = await session.tab()
    await tab.goto(`${host.origin}/`)
    const install = (script: string): Promise<string> =>
      tab.evaluate(async (url) => {
        const { installing } = await navigator.serviceWorker.register(url)
        return new Promise<string>((resolve) => {
          const look = (): void => {
            const state = installing?.state ?? 'none'
            if (state === 'redundant' || state === 'activated') resolve(state)
          }
          installing?.addEventListener('statechange', look)
          look()
        })
      }, script)
    expect(await install('/last.js')).toBe('redundant')
    expect(await install('/first.js')).toBe('activated')
  } finally {
    await host.close()
  }
})
