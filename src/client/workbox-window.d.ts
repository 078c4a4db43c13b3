/** What bundlers find by the package's name, in a file of its own that has no types. */
declare module 'workbox-window/build/workbox-window.prod.es5.mjs' {
  export { Workbox } from 'workbox-window'
}
