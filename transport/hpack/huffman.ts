import { HpackError } from './error.ts';
import { type Code, codes, endOfString } from './huffman-code.ts';

/**
 * Decoding walks the code tree four bits at a time. An inner node is a state; `transitions[state *
 * 16 + nibble]` packs what the nibble leads to: the next state, whether a symbol was completed,
 * which one, and whether it failed.
 */
const nibbles = 16;
const stateBits = 9;
const emits = 1 << stateBits;
const fails = 1 << (stateBits + 1);
const symbolShift = stateBits + 2;

interface Node {
  readonly state: number;
  readonly children: [Child, Child];
  /**
   * The bits that lead here are the beginning of the end-of-string code, and fewer than eight (RFC
   * 7541 5.2).
   */
  readonly mayEnd: boolean;
}
type Child = Node | number | undefined;

const paddingBitsMax = 7;
const nodes = buildTree();
const transitions = buildTransitions();
const mayEnd = Uint8Array.from(nodes, (node) => Number(node.mayEnd));

function buildTree(): Node[] {
  const tree: Node[] = [];
  const grow = (mayEndHere: boolean): Node => {
    const node: Node = { state: tree.length, children: [undefined, undefined], mayEnd: mayEndHere };
    tree.push(node);
    return node;
  };
  const root = grow(true);
  const plant = ({ symbol, bits, length }: Code): void => {
    let node = root;
    for (let depth = 1; depth < length; depth++) {
      const bit = (bits >>> (length - depth)) & 1;
      const child = node.children[bit];
      const next =
        typeof child === 'object' ? child : grow(symbol === endOfString && depth <= paddingBitsMax);
      node.children[bit] = next;
      node = next;
    }
    node.children[bits & 1] = symbol;
  };
  // The end of string goes first, so that the nodes on its way are the ones marked as padding.
  for (const code of codes.toReversed()) plant(code);
  return tree;
}

function buildTransitions(): Uint32Array {
  const table = new Uint32Array(nodes.length * nibbles);
  for (const node of nodes) {
    for (let nibble = 0; nibble < nibbles; nibble++)
      table[node.state * nibbles + nibble] = step(node, nibble);
  }
  return table;
}

function step(from: Node, nibble: number): number {
  let node = from;
  let emitted = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const child = node.children[(nibble >>> bit) & 1];
    if (child === undefined || child === endOfString) return fails;
    if (typeof child === 'number') {
      emitted = emits | (child << symbolShift);
      node = nodes[0] ?? from;
    } else {
      node = child;
    }
  }
  return node.state | emitted;
}

/**
 * The octets that `bytes[start..end)` codes, one per character (RFC 7541 5.2).
 * @throws HpackError for a coded end of string, and for padding that is too long or not all ones
 */
export function decodeHuffman(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let state = 0;
  for (let at = start; at < end; at++) {
    const octet = bytes[at] ?? 0;
    for (let shift = 4; shift >= 0; shift -= 4) {
      const entry = transitions[state * nibbles + ((octet >>> shift) & 0xf)] ?? fails;
      if ((entry & fails) !== 0) throw new HpackError('A Huffman-coded string contains the end of string');
      if ((entry & emits) !== 0) text += String.fromCharCode(entry >>> symbolShift);
      state = entry & (emits - 1);
    }
  }
  if (mayEnd[state] !== 1) throw new HpackError('A Huffman-coded string is not padded with ones');
  return text;
}

/** The length of `text` in octets once coded. */
export function huffmanBytes(text: string): number {
  let bits = 0;
  for (let at = 0; at < text.length; at++) bits += codes[text.charCodeAt(at)]?.length ?? 0;
  return Math.ceil(bits / 8);
}

const longCodeBits = 16;

/** Appends the coded `text`, one octet per character, padded with ones (RFC 7541 5.2). */
export function writeHuffman(out: number[], text: string): void {
  let held = 0;
  let heldBits = 0;
  const write = (bits: number, length: number): void => {
    held = (held << length) | bits;
    heldBits += length;
    for (; heldBits >= 8; heldBits -= 8) out.push((held >>> (heldBits - 8)) & 0xff);
    held &= (1 << heldBits) - 1;
  };
  for (let at = 0; at < text.length; at++) {
    const code = codes[text.charCodeAt(at)];
    if (code === undefined) throw new RangeError('Expected a string of octets');
    // At most 7 held bits and 30 new ones: beyond 32, so long codes are written in two parts.
    if (code.length > longCodeBits) {
      write(code.bits >>> longCodeBits, code.length - longCodeBits);
      write(code.bits & ((1 << longCodeBits) - 1), longCodeBits);
    } else {
      write(code.bits, code.length);
    }
  }
  if (heldBits > 0) out.push((held << (8 - heldBits)) | (0xff >>> heldBits));
}
