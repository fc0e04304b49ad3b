/** What the host may call. */
export { extend, factorial, place, product, resultBytes, square } from './factorial';
