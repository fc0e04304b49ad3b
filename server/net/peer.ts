import { isIPv6 } from 'node:net';

/** Whoever is taken for one caller: an IPv4 address, or the first 64 bits of an IPv6 address, which one host has for itself. */
export type Peer = string;

const mappedIpv4 = '::ffff:';
const groups = 8;
const groupsOfPeer = 4;

/** The address as people write it: IPv4 without the prefix that it has on a socket of IPv6. */
export function plainAddress(address: string): string {
  return address.startsWith(mappedIpv4) ? address.slice(mappedIpv4.length) : address;
}

/** The peer that has `address`, as node:net writes addresses. */
export function peerOf(address: string): Peer {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [, front = '', back] = /^(.*?)(?:::(.*))?$/.exec(plain.replace(/%.*$/, '')) ?? [];
  const before = front === '' ? [] : front.split(':');
  const after = back === undefined || back === '' ? [] : back.split(':');
  const zeros = Array<string>(groups - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].slice(0, groupsOfPeer).join(':');
}

/** The address in `ADDRESS:PORT`. */
export function addressOf(peer: string): string {
  return peer.slice(0, peer.lastIndexOf(':'));
}
