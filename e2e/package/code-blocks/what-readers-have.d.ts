// What a project has that a block is pasted into, and this repository has not.

// A component, which the build of its framework makes.
declare module '*.vue' {
  const component: import('vue').Component
  export default component
}
declare module '*.svelte' {
  const component: import('svelte').Component
  export default component
}
