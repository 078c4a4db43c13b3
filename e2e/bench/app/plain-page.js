import { install } from './page.ts'

install({
  ready: async () => {
    if (!__HAS_WORKER__) return 'no-worker'
    const { serviceWorker } = navigator
    await serviceWorker.register('/sw.js')
    if (!serviceWorker.controller) {
      await new Promise((resolve) =>
        serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
      )
    }
    return 'covered'
  },
  login: () => Promise.reject(new Error('There is nothing to sign in to')),
})
