import { storeContract } from '../support/store-contract.ts';
import { lmdbSubject } from '../support/store-places.ts';

storeContract(lmdbSubject);
