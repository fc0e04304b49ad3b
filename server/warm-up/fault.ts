/** A call of the warm-up failed or got a wrong answer, as the same call of a client would. */
export class WarmUpFault extends Error {
  override readonly name = 'WarmUpFault';
}

/** The server refused a call of the warm-up for overload: the machine is slow at this moment. */
export class RefusedCall extends Error {
  override readonly name = 'RefusedCall';
}
