/** Compilers of Vue 2 cannot make a worker of a module: the page computes, in slices. */
export function solveInWorkers(): Promise<'no workers'> {
  return Promise.resolve('no workers')
}
