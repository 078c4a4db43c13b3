import { createSSRApp, defineComponent, h } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { expect, test } from 'vitest'
import { createAuth, useAuth } from './index.ts'

test('a server renders that nothing is known yet', async () => {
  const Status = defineComponent(() => {
    const { isReady, session } = useAuth()
    return () => h('p', `${isReady.value} ${session.value.status}`)
  })
  const app = createSSRApp(Status).use(createAuth({ workerUrl: '/guardian-sw.js' }))
  expect(await renderToString(app)).toBe('<p>false unprotected</p>')
})
