import { expect, test } from 'vitest'
import { registerWorker } from './register-worker.ts'

test('a script that cannot be registered: the error says in the browser’s words why', async () => {
  const registration = registerWorker({ workerUrl: '/no-such-folder/sw.js' }, () => undefined)
  await expect(registration).rejects.toMatchObject({
    code: 'worker-registration-failed',
    // Behind it Chromium says what is wrong: the status, the MIME type, or an error of the script.
    message: expect.stringMatching(
      /^\/no-such-folder\/sw\.js could not be registered, .+Failed to register a ServiceWorker.+: ./,
    ),
  })
})
